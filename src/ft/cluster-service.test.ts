import { describe, expect, it } from "vitest";
import { decodeClusterMessage, encodeClusterMessage } from "./cluster-message.ts";
import { ClusterService } from "./cluster-service.ts";
import { REPORT_EVERY } from "./protection.ts";

function serviceWith(...hosts: readonly string[]): ClusterService {
  const service = new ClusterService({ placement: "apart" });
  for (const text of hosts) report(service, text, 0);
  return service;
}

/** "h2", or "h2 busy". */
function report(service: ClusterService, text: string, now: number): void {
  const [host = "", state] = text.split(" ");
  service.handle(encodeClusterMessage({ kind: "report", host, isFree: state !== "busy" }), now);
}

const need = encodeClusterMessage({ kind: "need-backup", host: "h1", generation: 3 });

describe("the cluster service", () => {
  it("names a free host that is not the VM's own (R-6.2, INV-32)", () => {
    const placement = serviceWith("h1", "h2 busy", "h3").handle(need, 1);
    expect(placement).toMatchObject({ to: "h1", backup: "h3", generation: 4 });
    expect(decodeClusterMessage(placement?.bytes ?? new Uint8Array(0))).toEqual({
      kind: "place",
      host: "h3",
      generation: 3,
    });
  });

  it("names nobody when nobody is free, or was heard of lately", () => {
    expect(serviceWith("h1", "h2 busy").handle(need, 1)).toBeUndefined();
    expect(serviceWith("h2").handle(need, 4 * REPORT_EVERY)).toBeUndefined();
  });

  it("asked again names another host first: the one that it named may be gone", () => {
    const service = serviceWith("h2", "h3");
    expect(service.handle(need, 1)?.backup).toBe("h2");
    expect(service.handle(need, 2)?.backup).toBe("h3");
    expect(service.handle(need, 3)?.backup).toBe("h2");
  });

  it("follows a host that becomes busy, or free again", () => {
    const service = serviceWith("h2");
    report(service, "h2 busy", 5);
    expect(service.handle(need, 6)).toBeUndefined();
    report(service, "h2", 7);
    expect(service.handle(need, 8)?.backup).toBe("h2");
  });

  it("names the VM's own host where the rule is off (BUG-51)", () => {
    const service = new ClusterService({ placement: "together" });
    report(service, "h1 busy", 0);
    report(service, "h2", 0);
    expect(service.handle(need, 1)?.backup).toBe("h1");
  });

  it("refuses damaged messages, and goes on from a snapshot", () => {
    const service = serviceWith("h2", "h3");
    expect(service.handle(new Uint8Array([9, 9]), 1)).toBeUndefined();
    expect(service.handle(new Uint8Array(0), 1)).toBeUndefined();
    service.handle(need, 1);
    const fork = new ClusterService({ placement: "apart" });
    fork.restore(service.snapshot());
    expect(fork.handle(need, 2)).toEqual(service.handle(need, 2));
  });
});
