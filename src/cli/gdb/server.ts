// A GDB stub on a port of this machine: the socket, and the turns in which a session's target moves.
// It listens on 127.0.0.1 only, to one debugger.

import { createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { GdbSession } from "../../gdb/session.ts";
import type { DebugTarget } from "../../gdb/target.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import type { Interrupt } from "../drive.ts";
import { UsageError } from "../usage-error.ts";

const ADDRESS = "127.0.0.1";
const PORT_MAX = 65_535;
/** Between two looks whether a person pressed Ctrl-C. */
const LOOK_MS = 100;

export type Farewell = "detached" | "killed" | "interrupted";

export class GdbServer {
  readonly port: number;
  readonly #server: Server;
  readonly #session: GdbSession;
  readonly #afterTurn: () => void;
  #socket: Socket | undefined;
  #isPumping: boolean;

  private constructor(server: Server, target: DebugTarget, afterTurn: () => void) {
    this.#server = server;
    this.#session = new GdbSession(target);
    this.#afterTurn = afterTurn;
    this.#socket = undefined;
    this.#isPumping = false;
    const address = server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
  }

  /** `option` names the port's option for whoever chose a bad one. */
  static async listen(
    target: DebugTarget,
    { port, option }: { readonly port: number; readonly option: string },
    afterTurn: () => void,
  ): Promise<GdbServer> {
    const server = createServer();
    await new Promise<void>((done, fail) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "EADDRINUSE" ? "in use" : (error.code ?? error.message);
        fail(new UsageError(`${option}: port ${port} of ${ADDRESS}: ${why}`));
      });
      server.listen(port, ADDRESS, done);
    });
    return new GdbServer(server, target, afterTurn);
  }

  /** Until the debugger leaves, or a person presses Ctrl-C. */
  async serve(interrupt: Interrupt): Promise<Farewell> {
    let look: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Farewell>((leave, fail) => {
        look = setInterval(() => {
          if (interrupt.isRaised) leave("interrupted");
        }, LOOK_MS);
        this.#server.on("connection", (socket) => {
          // The first one has it.
          if (this.#socket === undefined) this.#attend(socket, leave, fail);
          else socket.destroy();
        });
      });
    } finally {
      clearInterval(look);
      this.close();
    }
  }

  close(): void {
    this.#socket?.end();
    this.#server.close();
  }

  #attend(
    socket: Socket,
    leave: (farewell: Farewell) => void,
    fail: (error: unknown) => void,
  ): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => leave("detached"));
    socket.on("close", () => leave("detached"));
    socket.on("data", (bytes: Buffer) => {
      try {
        this.#write(socket, () => this.#session.receive(new Uint8Array(bytes)));
        if (this.#session.ended !== undefined) leave(this.#session.ended);
        else if (!this.#isPumping) this.#pump(socket).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  async #pump(socket: Socket): Promise<void> {
    this.#isPumping = true;
    while (this.#session.isRunning && !socket.destroyed) {
      this.#write(socket, () => this.#session.work());
      await nextTurn();
    }
    this.#isPumping = false;
  }

  #write(socket: Socket, turn: () => Uint8Array): void {
    const bytes = withDeterminismGuard(turn);
    this.#afterTurn();
    if (bytes.length > 0 && !socket.destroyed) socket.write(bytes);
  }
}

export function parsePort(text: string, option: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= PORT_MAX) return port;
  throw new UsageError(`${option}: expected a port from 0 to ${PORT_MAX}`);
}

/** How to get there. */
export function invitation(port: number): string {
  return `target remote ${ADDRESS}:${port}`;
}
