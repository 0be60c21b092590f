// The names of the wires, as scenarios say them. A wire between h1 and h2 is two links,
// `log:h1>h2` and `log:h2>h1`.

export const WIRE_LOG = "log";
export const WIRE_HEARTBEAT = "hb";
export const WIRE_STORAGE = "storage";
export const WIRE_NET = "net";
export const SWITCH = "switch";
export const STORAGE = "storage";
