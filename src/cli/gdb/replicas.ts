// `ftsim run SCENARIO --gdb h1,h2`: a stub for each of these replicas, in the middle of a run. The run
// goes on when all debuggers have left, and is the same run as without them.

import { setImmediate as nextTurn } from "node:timers/promises";
import { virtualTime } from "../../base/time.ts";
import { Explorer } from "../../gdb/explorer.ts";
import { WorldJournal } from "../../gdb/world-journal.ts";
import type { FtHost } from "../../testbed/ft-host.ts";
import { parseDuration } from "../../testbed/units.ts";
import type { World } from "../../testbed/world.ts";
import { emulated } from "../../vm/snapshot.ts";
import { withDeterminismGuard } from "../determinism-guard.ts";
import type { Interrupt } from "../drive.ts";
import type { RunOptions } from "../run-options.ts";
import { UsageError } from "../usage-error.ts";
import { GdbServer, invitation, parsePort } from "./server.ts";

interface Place {
  readonly host: FtHost;
  readonly port: number;
}

export async function debugWorld(
  world: World,
  { gdb, gdbAt }: Pick<RunOptions, "gdb" | "gdbAt">,
  interrupt: Interrupt,
): Promise<void> {
  if (gdb === undefined && gdbAt === undefined) return;
  if (gdb === undefined) throw new UsageError("--gdb-at: nobody to attach to; add --gdb h1,h2");
  if (emulated(world.spec.booted.machine) === undefined)
    throw new UsageError(`--gdb: guest ${world.spec.scenario.guest} has no instructions to debug`);
  if (!world.spec.rules.vm.bounceBuffers)
    throw new UsageError(
      "--gdb: without bounce buffers the disk writes into memory at no step, which cannot be gone back to",
    );
  const places = gdb.split(",").map((text) => placeOf(world, text));
  const hosts = places.map(({ host }) => host);
  const journals = WorldJournal.of(world, hosts);
  await advance(journals, gdbAt, interrupt);
  const explorers: Explorer[] = [];
  const servers: GdbServer[] = [];
  try {
    for (const [index, journal] of journals.entries()) {
      const explorer = new Explorer(world.spec.runtime, journal);
      explorers.push(explorer);
      await goToPresent(explorer, journal.present, interrupt);
      const { host, port } = places[index] as Place;
      servers.push(await listen(explorer, host.name, port));
    }
    const farewells = await Promise.all(servers.map((server) => server.serve(interrupt)));
    if (farewells.includes("killed")) interrupt.raise();
  } finally {
    for (const server of servers) server.close();
    for (const explorer of explorers) explorer.release();
  }
}

function placeOf(world: World, text: string): Place {
  const [name = "", port = "0", ...rest] = text.split(":");
  const host = world.hosts.find((one) => one.name === name);
  const names = world.hosts.map((one) => one.name).join(" or ");
  if (host === undefined || rest.length > 0)
    throw new UsageError(`--gdb ${text}: no replica ${name}; expected ${names}`);
  return { host, port: parsePort(port, `--gdb ${text}`) };
}

async function advance(
  [journal]: readonly WorldJournal[],
  at: string | undefined,
  interrupt: Interrupt,
): Promise<void> {
  if (at === undefined) return;
  const time = parseDuration(at);
  if (!time.ok) throw new UsageError(`--gdb-at ${at}: ${time.error}`);
  const moment = virtualTime(time.value);
  let isThere = journal === undefined;
  while (!isThere && !interrupt.isRaised) {
    isThere = withDeterminismGuard(() => journal?.advanceTo(moment) ?? true);
    await nextTurn();
  }
}

/** The twin comes to where the machine is: all of the run's steps up to here, once more. */
async function goToPresent(
  explorer: Explorer,
  position: number,
  interrupt: Interrupt,
): Promise<void> {
  explorer.begin({ kind: "goto", position });
  while (!interrupt.isRaised && withDeterminismGuard(() => explorer.advance()) === undefined)
    await nextTurn();
}

async function listen(explorer: Explorer, name: string, port: number): Promise<GdbServer> {
  const option = `--gdb ${name}:${port}`;
  const server = await GdbServer.listen(explorer, { port, option }, () => undefined);
  const where = `${explorer.describe()}\n`;
  process.stderr.write(`gdb: ${invitation(server.port)}: ${where}`);
  return server;
}
