// What no fact tells, over the picture: packets that are on their way now, packets that were lost, and
// heartbeats as long as they are few enough to be told apart.

import type { Scene } from "../picture/draw.ts";
import { portOf, xOf } from "../picture/layout.ts";
import { CLIENT_ROWS } from "../picture/model.ts";
import type { Palette } from "../picture/palette.ts";
import type { PacketView } from "./messages.ts";

const HEARTBEATS_MAX = 300;
const LOST_MAX = 400;
/** How far the line of a lost packet goes, as a part of its way. */
const LOST_AT = 0.3;

interface Traffic {
  readonly packets: readonly PacketView[];
  readonly clients: readonly string[];
  readonly now: number;
}

export function drawPackets(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { packets, clients, now }: Traffic,
): void {
  const { layout, palette } = scene;
  const lost = packets.filter(({ arrivesAt }) => arrivesAt === undefined).slice(-LOST_MAX);
  const onTheWay = packets.filter(
    ({ sentAt, arrivesAt }) => sentAt <= now && arrivesAt !== undefined && arrivesAt > now,
  );
  const beats = packets.filter(
    ({ wire, arrivesAt }) => wire === "hb" && arrivesAt !== undefined && arrivesAt <= now,
  );
  const shownBeats = beats.length > HEARTBEATS_MAX ? [] : beats;
  context.save();
  context.beginPath();
  context.rect(layout.plotLeft, layout.faultBottom, layout.plotWidth, layout.height);
  context.clip();
  context.lineWidth = 1;
  for (const packet of [...shownBeats, ...onTheWay, ...lost]) {
    const from = endOf(scene, clients, packet.from, packet.to);
    const to = endOf(scene, clients, packet.to, packet.from);
    if (from === undefined || to === undefined) continue;
    const isLost = packet.arrivesAt === undefined;
    const length = Math.max(1, (packet.arrivesAt ?? packet.sentAt) - packet.sentAt);
    const share = isLost ? LOST_AT : Math.min(1, (now - packet.sentAt) / length);
    const end = isLost ? packet.sentAt : Math.min(now, packet.sentAt + length);
    context.strokeStyle = isLost ? palette.fault : colorOf(palette, packet.wire);
    context.globalAlpha = packet.wire === "hb" && !isLost ? 0.5 : 1;
    context.beginPath();
    context.moveTo(xOf(layout, scene.window, packet.sentAt), from);
    context.lineTo(xOf(layout, scene.window, end), from + (to - from) * share);
    context.stroke();
  }
  context.restore();
}

/** Where a lane's edge towards another node lies. */
function endOf(
  { layout, model }: Scene,
  clients: readonly string[],
  node: string,
  other: string,
): number | undefined {
  const at = laneOf(model.lanes, clients, node);
  const beside = laneOf(model.lanes, clients, other);
  if (at === undefined || beside === undefined) return undefined;
  // The switch has no lane: what passes it passes the edge of the clients'.
  if (node === "switch") return layout.lanes[0]?.bottom;
  const row = Math.max(0, clients.indexOf(node)) % CLIENT_ROWS;
  return portOf(layout, model.lanes, at, row, beside > at);
}

function laneOf(
  lanes: Scene["model"]["lanes"],
  clients: readonly string[],
  node: string,
): number | undefined {
  if (node === "switch" || clients.includes(node)) return 0;
  const at = lanes.findIndex(({ id }) => id === node);
  return at < 0 ? undefined : at;
}

function colorOf({ message, quiet }: Palette, wire: string): string {
  switch (wire) {
    case "log":
      return message.log;
    case "storage":
      return message.disk;
    case "net":
      return message.request;
    default:
      return quiet;
  }
}
