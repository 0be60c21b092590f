// A node that is alone wants a backup again, without anybody's help. It asks the cluster
// service, which knows the hosts; the answer names one, and the VM is copied there. While no
// copy is under way it asks again: the host that was named may be gone.

import { encodeClusterMessage, decodeClusterMessage } from "./cluster-message.ts";
import { startCopy } from "./copy-source.ts";
import type { Step } from "./parts.ts";

/** How often a host says that it is there, ns: a host that was not heard for some of these is none. */
export const REPORT_EVERY = 500_000_000;

export function becameAlone({ parts, context, out }: Step): void {
  const { reprotects, protectionDelay } = parts.config.params;
  if (reprotects) out.timer("protect", context.now + protectionDelay);
}

export function askForBackup(step: Step): void {
  const { parts, context, out } = step;
  const { role, generation } = parts.control;
  const { self, params } = parts.config;
  const isBusy = parts.copySource !== undefined || parts.opening !== undefined;
  if (role !== "SOLO" || isBusy || !params.reprotects) return;
  const bytes = encodeClusterMessage({ kind: "need-backup", host: self, generation });
  out.push({ kind: "send", channel: "cluster", bytes });
  out.timer("protect", context.now + params.protectionRetry);
}

/** The service names a host for the backup. */
export function placed(step: Step, bytes: Uint8Array): void {
  const { parts } = step;
  const message = decodeClusterMessage(bytes);
  if (message?.kind !== "place" || message.generation !== parts.control.generation) return;
  if (parts.control.role !== "SOLO" || parts.copySource !== undefined) return;
  if (parts.opening !== undefined) return;
  // Not on this host, whoever says so (INV-32).
  if (message.host !== parts.config.self) startCopy(step, "protect", message.host);
}

/** Every host says that it is there, and whether it could take a VM. */
export function report({ parts, context, out }: Step): void {
  if (!parts.config.params.reprotects) return;
  const isFree = parts.control.side === "spare" && parts.copyTarget === undefined;
  const bytes = encodeClusterMessage({ kind: "report", host: parts.config.self, isFree });
  out.push({ kind: "send", channel: "cluster", bytes });
  out.timer("report", context.now + REPORT_EVERY);
}
