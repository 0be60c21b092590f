// Guests that are scripts: they are a part of ftsim itself, and need no file of guests/.

import type { GuestImage } from "../boot.ts";
import { RAM_BYTES } from "./register-layout.ts";
import { REGISTER_PORT, REGISTER_READY, REGISTER_SERVICE } from "./register-service.ts";

export const SCRIPTED_GUESTS: ReadonlyMap<string, GuestImage> = new Map([
  [
    "scripted",
    {
      name: "scripted",
      title: "Registers on a scripted machine, for runs that are about the protocol only",
      program: { kind: "script", script: REGISTER_SERVICE },
      ramBytes: RAM_BYTES,
      ready: REGISTER_READY,
      port: REGISTER_PORT,
      udpPort: REGISTER_PORT,
    },
  ],
]);
