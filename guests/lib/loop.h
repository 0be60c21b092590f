// The main loop of every guest.
#ifndef LOOP_H
#define LOOP_H

// Runs for ever: sleeps, lets the drivers and TCP take what arrived, calls
// `work` once per wake-up, then shows all new requests to the devices.
_Noreturn void loop_run(void (*work)(void));

#endif
