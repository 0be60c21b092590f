// One TCP client.
#ifndef SESSION_H
#define SESSION_H

struct tcp_application;

// The callbacks for tcp_listen.
const struct tcp_application *sessions_application(void);

// Moves every session on as far as it can go.
void sessions_poll(void);

#endif
