// Dramas of a swarm: a few faults that belong together, for situations that faults drawn one by one
// hardly ever make. A host dies in the middle of something, a pause outlasts the other one's patience,
// a copy loses one of its ends. Each has streams of its own, and moves no other draw.

import type { DrawnProtocol } from "./protocol.ts";
import { type Draws, oneIn } from "./draws.ts";
import type { Drawn } from "./faults.ts";

/** What a drama may be about; more of a kind than its weight says would leave too little to chance. */
export function drawDrama(all: Draws, drawn: Drawn): readonly object[] {
  const draws = all.of("drama");
  if (!draws.happens("is played", PLAYED)) return [];
  const plays = PLAYS.filter(
    ({ hosts, isFor }) => drawn.topology.hosts >= hosts && (isFor === undefined || isFor(drawn)),
  );
  const play = draws.weighted(
    "play",
    plays.map((one) => [one.weight, one]),
  );
  return play.faults(draws, drawn);
}

const PLAYED = { numerator: 2, denominator: 5 };

interface Play {
  readonly weight: number;
  /** It needs so many. */
  readonly hosts: number;
  readonly isFor?: (drawn: Drawn) => boolean;
  readonly faults: (draws: Draws, drawn: Drawn) => readonly object[];
}

/** It is about what others than the host itself do at its disk. */
const isShared = ({ topology }: Drawn): boolean => topology.disks === "shared";
/** A guest that lives with errors of its disk. */
const isProbe = ({ workload }: Drawn): boolean => workload.kind === "probe";

const PLAYS: readonly Play[] = [
  { weight: 8, hosts: 2, faults: diesInTheAct },
  { weight: 3, hosts: 2, faults: diesAmidGroup },
  { weight: 2, hosts: 2, faults: followerDies },
  { weight: 3, hosts: 2, faults: wakesUpTooLate },
  { weight: 4, hosts: 2, faults: cannotBeHeard },
  { weight: 2, hosts: 2, faults: alarms },
  { weight: 7, hosts: 2, faults: cannotFollow },
  { weight: 3, hosts: 2, faults: losesAnswers },
  { weight: 4, hosts: 2, faults: noisyWires },
  { weight: 3, hosts: 2, isFor: isShared, faults: lateCommand },
  { weight: 3, hosts: 2, isFor: isShared, faults: torn },
  { weight: 60, hosts: 2, isFor: isProbe, faults: failingDisk },
  { weight: 10, hosts: 3, faults: diesBeingCopied },
  { weight: 8, hosts: 3, faults: movesInTrouble },
];

/** between sending and ack, between ack and release, with disk commands under way. */
function diesInTheAct(draws: Draws): readonly object[] {
  return [{ ...inTheAct(draws, PRIMARYS_ACTS), crash: "primary" }];
}

/** many clients are answered in one step, and the log link is narrow. */
function diesAmidGroup(draws: Draws, drawn: Drawn): readonly object[] {
  const at = draws.between("at", Math.min(100_000, drawn.lasts >> 2), drawn.lasts >> 1);
  const stands = microsecondsOf(drawn.protocol, draws.between("stands", 40, 80));
  const act = (): object => ({
    when: { append: "output", by: "primary", from: `${at + stands}us` },
    after: draws.time("after", 500, 30_000),
  });
  return [
    { at: `${at}us`, bandwidth: "log-link", to: `${draws.spread("to", 500, 10_000)}kb/s` },
    { at: `${at}us`, pause: "primary", for: `${stands}us` },
    // What the dead host had queued for the wire dies with it.
    { ...act(), cut: "log:h1>h2" },
    { ...act(), crash: "primary" },
  ];
}

function followerDies(draws: Draws): readonly object[] {
  return [{ ...inTheAct(draws, BACKUPS_ACTS), crash: "backup" }];
}

type Acts = readonly (readonly [of: object, most: number])[];

const PRIMARYS_ACTS: Acts = [
  [{ release: "network" }, 300],
  [{ release: "disk" }, 200],
  [{ release: "disk" }, 200],
  [{ append: "any" }, 1_500],
  [{ "ack-receive": "any" }, 500],
  [{ "disk-apply": "any" }, 200],
];

const BACKUPS_ACTS: Acts = [
  [{ "ack-send": "any" }, 500],
  [{ append: "any" }, 1_500],
];

function inTheAct(draws: Draws, acts: Acts): object {
  const [of, most] = draws.pick("act", acts);
  const when = { nth: draws.spread("nth", 8, most), ...of };
  return draws.happens("later", oneIn(2))
    ? { when, after: draws.time("after", 1, 20_000) }
    : { when };
}

/** it is taken for dead, and is not. */
function wakesUpTooLate(draws: Draws, drawn: Drawn): readonly object[] {
  const target = draws.pick("who", ["primary", "primary", "backup"]);
  return [{ ...early(draws, drawn), pause: target, for: patience(draws, drawn.protocol, 60, 300) }];
}

/** nobody hears the other, and the arbiter may be away just then. */
function cannotBeHeard(draws: Draws, drawn: Drawn): readonly object[] {
  const way = draws.pick("way", ["-", "-", ">", "<"]);
  const links = way === "<" ? "backup>primary" : `primary${way}backup`;
  const cut = {
    ...early(draws, drawn),
    cut: links,
    for: patience(draws, drawn.protocol, 80, 250),
  };
  if (!draws.happens("arbiter is away", oneIn(2))) return [cut];
  const isThird = drawn.protocol["arbiter"] === "third-party";
  const lost = { "lost-reply": "storage", chance: `${draws.between("lost", 300, 900)}/1000` };
  const away = isThird
    ? { cut: "arbiter-all" }
    : draws.pick<object>("how it is away", [
        { "storage-outage": "storage" },
        { "storage-stall": "storage" },
        lost,
      ]);
  const when = { nth: 3, role: "any" };
  return [cut, { when, ...away, for: draws.time("away for", 50_000, 1_500_000) }];
}

/** detectors fire for no reason, at one end or both. */
function alarms(draws: Draws): readonly object[] {
  return Array.from({ length: draws.between("alarms", 1, 4) }, (_, index) => {
    const one = draws.of(`alarm ${index}`);
    return {
      ...inTheAct(one, PRIMARYS_ACTS),
      "false-alarm": one.pick("of", ["primary", "backup"]),
    };
  });
}

/** Every wire does everything wrong, now and then. */
function noisyWires(draws: Draws, drawn: Drawn): readonly object[] {
  const all = ["log-link", "heartbeat-link", "primary-clients"];
  const links = isShared(drawn) ? [...all, "primary-storage"] : all;
  return links.map((link) => {
    const one = draws.of(link);
    const kind = one.pick("kind", ["corrupt", "corrupt", "duplicate", "reorder", "loss"]);
    const chance = `${one.spread("chance", 8, 120)}/1000`;
    return { ...early(one, drawn), [kind]: link, chance, for: one.time("for", 100_000, 1_200_000) };
  });
}

/** one command in some is answered with an error. */
function failingDisk(draws: Draws, drawn: Drawn): readonly object[] {
  const whose = draws.pick("whose", ["storage", "storage", "backup", "primary"]);
  const chance = `${draws.between("chance", 20, 300)}/1000`;
  const lasts = draws.time("for", 100_000, 1_000_000);
  const errors = { ...early(draws, drawn), "storage-error": whose, chance, for: lasts };
  const isFatal = draws.happens("somebody dies", oneIn(2));
  return isFatal ? [errors, { ...inTheAct(draws, PRIMARYS_ACTS), crash: "primary" }] : [errors];
}

/** the backup is too slow, or the log has too little room. */
function cannotFollow(draws: Draws, drawn: Drawn): readonly object[] {
  const lasts = { for: `${draws.between("for", drawn.lasts >> 2, drawn.lasts)}us` };
  const slow = { slow: "backup", to: `${draws.spread("percent", 1, 30)}%` };
  const narrow = { bandwidth: "log-link", to: `${draws.spread("bandwidth", 100, 4_000)}kb/s` };
  const what = draws.weighted<object>("what is slow", [
    [3, slow],
    [1, narrow],
    [3, { stall: "backup" }],
  ]);
  const behind = { ...early(draws, drawn, 200_000), ...what, ...lasts };
  if (!draws.happens("and is needed", oneIn(2))) return [behind];
  return [behind, { ...inTheAct(draws, PRIMARYS_ACTS), crash: "primary" }];
}

/** the flag, and commands of a takeover, are asked for more than once. */
function losesAnswers(draws: Draws): readonly object[] {
  const chance = `${draws.between("chance", 200, 800)}/1000`;
  const lost = { "lost-reply": "storage", chance, for: draws.time("for", 200_000, 1_000_000) };
  const asked = { when: { nth: 3, role: "any" } };
  return [
    { ...inTheAct(draws, PRIMARYS_ACTS), crash: "primary" },
    { ...asked, ...lost },
  ];
}

/** H-1: a write of the dead, after its disk is another one's. */
function lateCommand(draws: Draws, drawn: Drawn): readonly object[] {
  const nth = draws.spread("nth", 2, 24);
  const by = patience(draws, drawn.protocol, 100, 400);
  return [
    { when: { nth, release: "disk" }, "delayed-command": "primary", by },
    { when: { nth: nth + 2, release: "disk" }, crash: "primary" },
  ];
}

/** SCN-53: a command of several sectors is under way when the power goes. */
function torn(draws: Draws): readonly object[] {
  const when = { nth: draws.spread("nth", 2, 200), release: "disk" };
  return [{ when, after: draws.time("after", 10, 1_000), "torn-write": "primary" }];
}

/** half a copy is nothing, and the next one begins by itself. */
function diesBeingCopied(draws: Draws, drawn: Drawn): readonly object[] {
  const hosts = Array.from({ length: drawn.topology.hosts }, (_, index) => `h${index + 1}`);
  const first = draws.pick("first", ["primary", "backup"]);
  const ends = [...hosts.slice(2), ...hosts.slice(2), "backup", "primary"];
  const end = draws.pick("end", ends);
  const hurt = draws.pick("how", ["crash", "crash", "cut"]);
  const harm =
    hurt === "crash"
      ? { crash: end }
      : { cut: `${end}-all`, for: draws.time("for", 100_000, 1_000_000) };
  const copy = draws.weighted("moment", [
    [4, { nth: draws.between("nth", 1, 6), copy: "any" }],
    [1, { nth: 1, "open-generation": "any" }],
  ] as const);
  const after = draws.time("after", 1, 30_000);
  return [
    { ...early(draws, drawn, 300_000), crash: first },
    { when: copy, after, ...harm },
  ];
}

/** an operator's move, and something else meanwhile. */
function movesInTrouble(draws: Draws, drawn: Drawn): readonly object[] {
  const who = draws.pick("who", ["primary", "backup"]);
  const move = { ...early(draws, drawn), move: who, onto: "spare" };
  const again = draws.happens("twice", oneIn(2))
    ? [
        {
          when: { nth: 1, copy: "any" },
          move: draws.pick("then", ["primary", "backup"]),
          onto: "spare",
        },
      ]
    : [];
  if (!draws.happens("in trouble", oneIn(2))) return [move, ...again];
  const when = { nth: draws.between("nth", 1, 6), copy: "any" };
  const dying = draws.pick("who dies", ["backup", "primary", "h3"]);
  const dies = { when, after: draws.time("after", 1, 20_000), crash: dying };
  return [move, ...again, dies];
}

/** While there is time for what comes of it. */
function early(draws: Draws, { lasts }: Drawn, latest: number = lasts): object {
  const most = Math.max(1_000, Math.min(latest, lasts >> 1));
  return { at: `${draws.between("at", 1_000, most)}us` };
}

/** Per cent of the silence after which a peer is suspected. */
function patience(draws: Draws, protocol: DrawnProtocol, least: number, most: number): string {
  return `${microsecondsOf(protocol, draws.between("patience", least, most))}us`;
}

/** So many per cent of that silence. */
function microsecondsOf(protocol: DrawnProtocol, percent: number): number {
  const timeout = Math.min(
    Number.parseInt(String(protocol["heartbeat-timeout"]), 10),
    Number.parseInt(String(protocol["log-timeout"]), 10),
  );
  return Math.floor((timeout * percent) / 100);
}
