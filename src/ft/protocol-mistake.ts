// A protocol asked for something that cannot be done. Ours never do; a user's may, and is told in one
// line instead of ending the run as a bug of the testbed.

export class ProtocolMistake extends Error {
  override readonly name: string = "ProtocolMistake";
}
