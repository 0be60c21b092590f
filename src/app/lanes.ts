// Moving lanes: time runs to the right, the newest moment stands at the right edge. A lane for the
// clients (a row each), for each host, and for the storage; packets are lines between them.

import type { OperationView, PacketView, Update, WorldView } from "./messages.ts";

const LEFT = 78;
const RIGHT = 12;
const AXIS = 20;
const CLIENTS_HEIGHT = 84;
const LANE_HEIGHT = 62;
const ROWS_MAX = 8;
const PACKETS_KEPT = 12_000;
const OPERATIONS_KEPT = 8_000;
/** More lines than that are drawn faintly. */
const LINES_CLEAR = 400;
const LINES_MAX = 3_000;

interface RoleChange {
  readonly time: number;
  readonly node: string;
  readonly role: string;
}

interface FaultMark {
  readonly time: number;
  readonly what: string;
  readonly isFault: boolean;
}

export class Lanes {
  readonly #canvas: HTMLCanvasElement;
  readonly #world: WorldView;
  #packets: PacketView[] = [];
  #operations: OperationView[] = [];
  #roles: RoleChange[] = [];
  #marks: readonly FaultMark[] = [];

  constructor(canvas: HTMLCanvasElement, world: WorldView) {
    this.#canvas = canvas;
    this.#world = world;
  }

  static height(hosts: number): number {
    return AXIS + CLIENTS_HEIGHT + LANE_HEIGHT * (hosts + 1);
  }

  get packets(): readonly PacketView[] {
    return this.#packets;
  }

  append({ packets, operations, roles, moments }: Update): void {
    this.#packets = [...this.#packets, ...packets].slice(-PACKETS_KEPT);
    this.#operations = [...this.#operations, ...operations].slice(-OPERATIONS_KEPT);
    this.#roles.push(...roles);
    if (moments === undefined) return;
    this.#marks = moments
      .filter(({ kind }) => kind === "fault" || kind === "fault-over" || kind === "live")
      .map(({ time, what, kind }) => ({ time, what, isFault: kind === "fault" }));
  }

  draw(now: number, width: number): void {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio;
    const across = canvas.clientWidth;
    const height = Lanes.height(this.#world.hosts.length);
    if (canvas.width !== Math.round(across * ratio)) canvas.width = Math.round(across * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, across, height);
    const from = Math.max(0, now - width);
    const scale = (across - LEFT - RIGHT) / width;
    const pen: Pen = {
      context,
      colors: colorsOf(canvas),
      across,
      height,
      from,
      to: from + width,
      now,
      x: (time) => LEFT + (time - from) * scale,
    };
    this.#drawAxis(pen);
    context.save();
    context.beginPath();
    context.rect(LEFT, AXIS, across - LEFT - RIGHT, height - AXIS);
    context.clip();
    this.#drawPackets(pen);
    this.#drawOperations(pen);
    this.#drawRoles(pen);
    this.#drawMarks(pen);
    context.restore();
    this.#drawNames(pen);
  }

  #drawAxis({ context, colors, from, to, across, height, x }: Pen): void {
    const step = tickOf((to - from) / Math.max(2, (across - LEFT) / 120));
    const decimals = Math.max(0, 9 - Math.floor(Math.log10(step) + 1e-9));
    context.font = `11px ${colors.font}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      const at = Math.round(x(time)) + 0.5;
      context.strokeStyle = colors.line;
      context.beginPath();
      context.moveTo(at, AXIS - 3);
      context.lineTo(at, height);
      context.stroke();
      context.fillStyle = colors.quiet;
      context.fillText(`${(time / 1e9).toFixed(decimals)} s`, at, 8);
    }
  }

  #drawNames({ context, colors }: Pen): void {
    context.font = `12px ${colors.font}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = colors.ink;
    context.fillText("clients", LEFT - 10, AXIS + CLIENTS_HEIGHT / 2);
    for (const node of [...this.#world.hosts, "storage"])
      context.fillText(node, LEFT - 10, this.#laneY(node));
  }

  #drawPackets({ context, colors, from, now, x }: Pen): void {
    const shown = this.#packets.filter(
      ({ sentAt, arrivesAt }) => sentAt <= now && (arrivesAt ?? sentAt) >= from,
    );
    const drawn = shown.slice(-LINES_MAX);
    context.lineWidth = 1;
    const clear = Math.min(1, Math.max(0.12, LINES_CLEAR / Math.max(1, drawn.length)));
    for (const { wire, from: sender, to, sentAt, arrivesAt } of drawn) {
      const top = this.#laneY(sender);
      const bottom = this.#laneY(to);
      const isLost = arrivesAt === undefined;
      const end = isLost ? sentAt : Math.min(arrivesAt, now);
      const share = isLost ? 0.3 : (end - sentAt) / Math.max(1, arrivesAt - sentAt);
      context.globalAlpha = isLost ? 1 : clear;
      context.strokeStyle = isLost ? colors.fault : (colors.wires.get(wire) ?? colors.quiet);
      context.beginPath();
      context.moveTo(x(sentAt), top);
      context.lineTo(x(end), top + (bottom - top) * share);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #drawOperations({ context, colors, from, now, x }: Pen): void {
    const rows = rowsOf(this.#world);
    const row = rowOf(this.#world);
    for (const operation of this.#operations) {
      if (operation.to < from || operation.from > now) continue;
      const y = AXIS + 8 + (operation.client % rows) * row;
      const left = x(operation.from);
      context.fillStyle = operation.outcome === "ok" ? colors.answered : colors.fault;
      context.fillRect(left, y, Math.max(1.5, x(operation.to) - left), Math.max(2, row - 2));
    }
  }

  #drawRoles({ context, colors, from, now, x }: Pen): void {
    context.font = `11px ${colors.font}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const host of this.#world.hosts) {
      const y = this.#laneY(host);
      const changes = this.#roles.filter(({ node }) => node === host);
      changes.forEach((change, index) => {
        const end = Math.min(now, changes[index + 1]?.time ?? now);
        if (end < from || change.time > now) return;
        const left = Math.max(LEFT, x(change.time));
        const right = x(end);
        context.fillStyle = colors.roles.get(change.role) ?? colors.quiet;
        context.globalAlpha = change.role === "HALTED" ? 0.25 : 1;
        context.fillRect(left, y - 9, Math.max(1, right - left), 18);
        context.globalAlpha = 1;
        const label = change.role.toLowerCase().replace("_", " ");
        if (context.measureText(label).width + 10 > right - left) return;
        context.fillStyle = change.role === "HALTED" ? colors.ink : colors.paper;
        context.fillText(label, left + 6, y + 0.5);
      });
    }
    const y = this.#laneY("storage");
    context.fillStyle = colors.quiet;
    context.fillRect(Math.max(LEFT, x(0)), y - 1, x(now) - Math.max(LEFT, x(0)), 2);
  }

  #drawMarks({ context, colors, from, now, x, height, across }: Pen): void {
    context.font = `600 11px ${colors.font}`;
    context.textBaseline = "middle";
    let row = 0;
    for (const { time, what, isFault } of this.#marks) {
      if (time < from || time > now) continue;
      const at = Math.round(x(time)) + 0.5;
      const color = isFault ? colors.fault : colors.live;
      context.strokeStyle = color;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(at, AXIS);
      context.lineTo(at, height);
      context.stroke();
      const wide = context.measureText(what).width;
      const isLeft = at + wide + 10 > across - RIGHT;
      const left = isLeft ? at - wide - 6 : at + 6;
      const y = height - 9 - 15 * (row++ % 3);
      context.fillStyle = colors.paper;
      context.fillRect(left - 3, y - 7, wide + 6, 14);
      context.fillStyle = color;
      context.textAlign = "left";
      context.fillText(what, left, y);
    }
    context.lineWidth = 1;
  }

  #laneY(node: string): number {
    const { hosts } = this.#world;
    const top = AXIS + CLIENTS_HEIGHT;
    const index = node === "storage" ? hosts.length : hosts.indexOf(node);
    if (index >= 0) return top + LANE_HEIGHT * index + LANE_HEIGHT / 2;
    const client = this.#world.clients.indexOf(node);
    // The switch has no lane: what passes it passes the edge of the clients'.
    return client < 0
      ? top + 4
      : AXIS + 8 + ((client % rowsOf(this.#world)) + 0.5) * rowOf(this.#world);
  }
}

/** Further clients share them. */
function rowsOf({ clients }: WorldView): number {
  return Math.max(1, Math.min(ROWS_MAX, clients.length));
}

function rowOf(world: WorldView): number {
  return (CLIENTS_HEIGHT - 16) / rowsOf(world);
}

interface Colors {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly answered: string;
  readonly fault: string;
  readonly live: string;
  readonly font: string;
  readonly wires: ReadonlyMap<string, string>;
  readonly roles: ReadonlyMap<string, string>;
}

interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly colors: Colors;
  readonly across: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly x: (time: number) => number;
}

/** The page's own, so that light and dark are decided in the style sheet alone. */
function colorsOf(element: Element): Colors {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: color("paper"),
    ink: color("ink"),
    quiet: color("quiet"),
    line: color("line"),
    answered: color("answered"),
    fault: color("fault"),
    live: color("live"),
    font: style.fontFamily,
    wires: new Map([
      ["log", color("log")],
      ["hb", color("heartbeat")],
      ["net", color("net")],
      ["storage", color("disk")],
    ]),
    roles: new Map([
      ["PRIMARY", color("answered")],
      ["BACKUP", color("quiet")],
      ["SUSPECT", color("unknown")],
      ["TAS_WAIT", color("unknown")],
      ["GOING_LIVE", color("unknown")],
      ["SOLO", color("live")],
      ["HALTED", color("quiet")],
    ]),
  };
}

/** 1, 2 or 5 of a power of ten. */
function tickOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  return 10 * power;
}
