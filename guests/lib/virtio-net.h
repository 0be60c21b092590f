// Ethernet frames in and out.
#ifndef VIRTIO_NET_H
#define VIRTIO_NET_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 1514u

void vnet_open(uint8_t mac[6]);
uint32_t vnet_event(void);

// Hands over every received frame; the frame is ours only during the call.
void vnet_poll(void (*arrived)(const uint8_t *frame, size_t length));

// The receive ring's index as the device has written it: for who polls the ring
// without waiting for an interrupt.
uint16_t vnet_received_index(void);

// A free transmit frame to fill in, or NULL.  Asking twice without sending
// gives the same frame.
uint8_t *vnet_frame(void);
void vnet_send(size_t length);

// Shows the frames sent since the last call to the device.
void vnet_kick(void);

#endif
