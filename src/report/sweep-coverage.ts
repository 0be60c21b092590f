// What a sweep's certificate covers, and what it does not: as much as it says, and no more.

export interface SweepScope {
  readonly hasSecond: boolean;
  readonly isSampled: boolean;
  readonly isSecondSampled: boolean;
}

export function coverageOf({ hasSecond, isSampled, isSecondSampled }: SweepScope): {
  readonly covers: readonly string[];
  readonly doesNotCover: readonly string[];
} {
  const gaps = isSampled ? "a sample of the gaps" : "every gap";
  const seconds = isSecondSampled ? "at a sample of the gaps" : "at every such gap";
  return {
    covers: [
      `${gaps} between two events, beside an event of these kinds, of this one schedule in this window`,
      "each named strike there, alone, with everything that is on wires and disks left as it is",
      ...(hasSecond
        ? [`after each of them, ${seconds} within the time that is named, each named second strike`]
        : []),
      "the judgement of all checkers from the start of the run to the end of the branch",
    ],
    doesNotCover: [
      "other schedules: another seed is another order of events",
      "a strike in the middle of an event: what one event does happens at once in this model",
      `gaps outside of the window, ${hasSecond ? "a third strike" : "a second strike"}, other figures or lengths of a strike, or packets that are lost with a host`,
    ],
  };
}
