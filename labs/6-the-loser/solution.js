// Lab 6: The loser stops, and time goes on.
//
// One way to do it right: compare with start.js.

export const name = "lab-6";

const TICK = 100; // ns: the guest's clock counts tenths of a microsecond

export function init(config) {
  return {
    role: config.role,
    params: config.params, // heartbeatInterval, heartbeatTimeout, ... as the scenario says
    isLive: config.role === "primary", // the guest runs here
    isAlone: false, // there is no other side any more
    hasAsked: false, // the storage, who may go on; from then on there is no way back
    now: config.hostClock,
    heard: { heartbeat: config.hostClock, log: config.hostClock },
    clock: { ticks: config.guestTicks, at: config.hostClock }, // the guest's time
    isStanding: false, // the machine is stopped while a checkpoint travels
    held: [], // outputs that wait until the backup has the checkpoint
    later: [], // inputs that came while the machine stood
    disk: [], // commands for the disk, the first of them under way
    number: 0, // of the newest checkpoint: sent by a primary, applied by a backup
    unconfirmed: null, // the checkpoint on its way
  };
}

export function step(before, input) {
  const state = lookAtClock(before, input.now);
  switch (input.kind) {
    case "start":
      return start(state, input);
    case "exit": // the machine stopped and wants something
      return state.isLive ? machineStopped(state, input) : nothing(state);
    case "frame": // for the guest, from the network
    case "disk-done": // a disk command is done
      return deliver(state, input);
    case "timer":
      if (input.timer === "guest") return deliver(state, input);
      return input.timer === "beat" ? beat(state, input) : announceAgain(state, input);
    case "state": // what `memory take` asked for
      return sendCheckpoint(state, input);
    case "message":
      return hear(state, input);
    case "channel": // the log channel is up or down
      return reconnected(state, input);
    case "test-and-set": // the storage has answered
      return answered(state, input);
    default:
      return nothing(state);
  }
}

// ---- the guest's machine

function start(state, input) {
  const roleNow = role(state.isLive ? "PRIMARY" : "BACKUP", "the beginning");
  const first = { kind: "set-timer", timer: "beat", at: input.now };
  if (!state.isLive) return { state, effects: [roleNow, first] };
  // From here on the machine remembers which pages it writes.
  const track = { kind: "memory", command: { do: "track" } };
  return { state, effects: [roleNow, first, track, vm("run"), ...armTimer(state, input)] };
}

function machineStopped(state, input) {
  const { exit } = input;
  switch (exit.kind) {
    case "request": {
      // The guest asks for something that no replica could compute: the time, or randomness.
      const answer =
        exit.what === "time"
          ? { what: "time", ticks: ticksAt(state, input.now) }
          : { what: "entropy", bytes: exit.sample };
      return { state, effects: [{ kind: "vm", command: { do: "answer", answer } }] };
    }
    case "deadline": // the guest has set its timer
      return { state, effects: armTimer(state, input) };
    case "output":
      return performed(state, exit.outputs);
    default:
      return nothing(state);
  }
}

/** The guest has performed outputs: frames, console text, disk commands. Here is the Output Rule. */
function performed(state, outputs) {
  if (state.isAlone) return letGo(state, outputs);
  // Stop, and take what has changed. The outputs leave when the backup has it.
  const take = { kind: "memory", command: { do: "take" } };
  const held = [...state.held, ...outputs];
  return { state: { ...state, isStanding: true, held }, effects: [vm("pause"), take] };
}

/** Something from outside, for the guest: a frame, a completion, its timer. */
function deliver(state, input) {
  if (input.kind === "disk-done" && input.status === "fenced") return halt(state);
  if (!state.isLive) return nothing(state);
  // The machine stands for a moment: what comes now is delivered when it goes on.
  if (state.isStanding) return { state: { ...state, later: [...state.later, input] }, effects: [] };
  if (input.kind === "frame") return inject(state, { kind: "net-rx", frames: [input.bytes] });
  if (input.kind === "timer") {
    // It may be early (the guest has moved its deadline): then set it again.
    const isDue = input.guestDeadline !== undefined && clockAt(state, input.guestDeadline) <= input.now;
    return isDue ? inject(state, { kind: "timer" }) : { state, effects: armTimer(state, input) };
  }
  return diskDone(state, input);
}

function diskDone(state, { ioId, status, data, pendingDisk }) {
  // The next command may go to the disk.
  const disk = state.disk.slice(1);
  const effects = disk.slice(0, 1);
  const isAwaited = pendingDisk.some((request) => request.ioId === ioId);
  const done = { kind: "disk-done", ioId, status, data };
  if (isAwaited) effects.push({ kind: "vm", command: { do: "inject", entry: done } });
  return { state: { ...state, disk }, effects };
}

/**
 * Outputs leave, in order. Disk commands go one by one: which of two that overlap the disk performs
 * last is chance, and the guest must find the same on every host.
 */
function letGo(state, outputs, isAgain = false) {
  const released = outputs.map(({ ordinal, output }) => ({
    kind: "release",
    ordinal,
    output,
    isAgain,
  }));
  const commands = released.filter(({ output }) => output.class === "disk");
  const others = released.filter(({ output }) => output.class !== "disk");
  const disk = [...state.disk, ...commands];
  const first = state.disk.length === 0 ? disk.slice(0, 1) : [];
  return { state: { ...state, disk }, effects: [...others, ...first] };
}

// ---- checkpoints

function sendCheckpoint(state, { pages, machine, now }) {
  const number = state.number + 1;
  const checkpoint = { kind: "checkpoint", number, pages, machine, ticks: ticksAt(state, now) };
  return {
    state: { ...state, number, unconfirmed: checkpoint },
    effects: [{ kind: "send", channel: "log", message: checkpoint }],
  };
}

/** The backup: the memory of its machine becomes the primary's. Only then does it say so. */
function applyCheckpoint(state, { number, pages, machine, ticks }, now) {
  const ack = { kind: "send", channel: "log", message: { kind: "ack", number } };
  // Who has asked for the VM confirms nothing any more: the primary must not release on it.
  const acks = state.hasAsked ? [] : [ack];
  if (number <= state.number) return { state, effects: acks };
  return {
    state: { ...state, number, clock: { ticks, at: now } },
    effects: [{ kind: "memory", command: { do: "put", pages, machine } }, ...acks],
  };
}

/** The primary: the backup has it. What was held leaves, and the machine goes on. */
function confirmed(state, number, input) {
  if (number !== state.number || state.unconfirmed === null) return nothing(state);
  // Who has asked for the VM lets nothing go before the answer.
  return state.hasAsked ? nothing(state) : goOn(state, input);
}

function goOn(state, input) {
  const released = letGo(state, state.held);
  let next = { ...released.state, isStanding: false, held: [], later: [], unconfirmed: null };
  const effects = [...released.effects, vm("resume")];
  for (const waiting of state.later) {
    const result = step(next, { ...waiting, now: input.now });
    next = result.state;
    effects.push(...result.effects);
  }
  return { state: next, effects };
}

/** What was sent while nobody was connected is lost: send it again. */
function reconnected(state, input) {
  if (input.state !== "up" || state.unconfirmed === null) return nothing(state);
  return { state, effects: [{ kind: "send", channel: "log", message: state.unconfirmed }] };
}

// ---- the other side

function hear(state, { message, channel, now }) {
  const heardNow = { ...state, heard: { ...state.heard, [channel]: now } };
  if (state.isAlone) return nothing(state);
  if (message.kind === "checkpoint") return applyCheckpoint(heardNow, message, now);
  if (message.kind === "ack") return confirmed(heardNow, message.number, { now });
  return nothing(heardNow);
}

/** Ten times a second: say that we live, and see whether the other side does. */
function beat(state, { now }) {
  if (state.isAlone) return nothing(state);
  const { heartbeatInterval, heartbeatTimeout, logTimeout } = state.params;
  const effects = [
    { kind: "send", channel: "heartbeat", message: { kind: "beat" } },
    { kind: "send", channel: "log", message: { kind: "beat" } },
    { kind: "set-timer", timer: "beat", at: now + heartbeatInterval },
  ];
  const isSilent =
    now - state.heard.heartbeat >= heartbeatTimeout || now - state.heard.log >= logTimeout;
  if (!isSilent && !state.hasAsked) return { state, effects };
  // Dead, or only cut off? Nobody can know. Let the storage decide; asking twice does no harm.
  if (!state.hasAsked) effects.push(role("TAS_WAIT", "the other side is silent"));
  return {
    state: { ...state, hasAsked: true },
    effects: [...effects, { kind: "test-and-set" }],
  };
}

function answered(state, input) {
  if (!state.hasAsked || state.isAlone) return nothing(state);
  return input.result === "won" ? goAlone(state, input) : halt(state);
}

function goAlone(state, input) {
  const alone = { ...state, isAlone: true, isLive: true };
  const solo = role("SOLO", "the VM is mine");
  if (state.role === "primary") {
    // The backup is gone: what is held leaves, and the machine goes on, if it stood.
    const { state: next, effects } = goOn(alone, input);
    return { state: next, effects: [solo, ...effects] };
  }
  return takeOver(alone, input, solo);
}

/**
 * Tell the network where the VM is now, and issue every disk command again that the guest still waits
 * for: nobody knows whether the old primary's reached the disk.
 */
function takeOver(state, input, solo) {
  const pending = input.pendingDisk.map((request) => ({
    ordinal: -1,
    output: { class: "disk", request },
  }));
  const again = letGo(state, pending, true);
  const told = announceAgain({ ...again.state, announced: 0 }, input);
  return {
    state: told.state,
    effects: [solo, vm("run"), ...told.effects, ...again.effects, ...armTimer(state, input)],
  };
}

/** Four times, since one frame may be lost. */
function announceAgain(state, { now }) {
  const announced = state.announced + 1;
  const next = { kind: "set-timer", timer: "announce", at: now + announced * 50_000_000 };
  return {
    state: { ...state, announced },
    effects: [{ kind: "announce" }, ...(announced < 4 ? [next] : [])],
  };
}

/** The other side has the VM: nothing of ours may be seen any more. */
function halt(state) {
  const ordinals = state.held.map(({ ordinal }) => ordinal);
  return {
    state: { ...state, isAlone: true, isLive: false, held: [] },
    effects: [{ kind: "drop", ordinals }, role("HALTED", "the other side has the VM"), vm("halt")],
  };
}

// ---- small things

function nothing(state) {
  return { state, effects: [] };
}

function vm(what) {
  return { kind: "vm", command: { do: what } };
}

function inject(state, entry) {
  return { state, effects: [{ kind: "vm", command: { do: "inject", entry } }] };
}

function role(is, reason) {
  return { kind: "role", role: is, reason };
}

/** Somebody may set a host's clock back: what has passed has passed, and counts from here. */
function lookAtClock(state, now) {
  const back = state.now - now;
  if (back <= 0) return { ...state, now };
  const { clock, heard } = state;
  return {
    ...state,
    now,
    clock: { ...clock, at: clock.at - back },
    heard: { heartbeat: heard.heartbeat - back, log: heard.log - back },
  };
}

/** The guest's time goes on from the last reading that came with a checkpoint, and never back. */
function ticksAt({ clock }, now) {
  return clock.ticks + Math.max(0, Math.floor((now - clock.at) / TICK));
}

function clockAt({ clock }, ticks) {
  return clock.at + (ticks - clock.ticks) * TICK;
}

function armTimer(state, { guestDeadline, now }) {
  if (guestDeadline === undefined) return [{ kind: "cancel-timer", timer: "guest" }];
  return [{ kind: "set-timer", timer: "guest", at: Math.max(now, clockAt(state, guestDeadline)) }];
}
