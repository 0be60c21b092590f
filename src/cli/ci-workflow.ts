// The workflow that `ftsim init ci` writes: for GitHub's runners, and a text that anybody can read who
// has another CI. Its commands are steps of their own, so that they can be pasted into a terminal.

/** Where reproductions are kept that must not fail again. */
export const REGRESSIONS_DIR = "regressions";
export const WORKFLOW_FILE = ".github/workflows/ftsim.yml";

export const WORKFLOW: string = `# Campaigns of ftsim: fixed seeds for every pull request, new ones every night.
# A red step ends with a line that shows the same failure on any machine.
# Scenarios that are to pass each time can stand with your other tests: import { test } from "ftsim/vitest".
name: ftsim
on:
  pull_request:
  workflow_dispatch:
  schedule:
    - cron: "17 3 * * *"
env:
  # The same seeds each time: a pull request is judged by what it changes, not by luck.
  PULL_REQUEST_SEEDS: 1..200
  # How many new seeds a night; every night begins where no other one did.
  NIGHTLY_SEEDS: "4000"
  # One failing seed says more than a red mark: it can be run again anywhere.
  SCENARIO: swarm
  # A night of the swarm reaches every path of the protocol that has a name; empty for a scenario of your own.
  MARKS: --require-marks

jobs:
  pull-request:
    if: github.event_name != 'schedule'
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 20, cache: npm }
      - run: npm ci
      - name: fixed seeds, and everything that failed once
        run: npx ftsim fuzz $SCENARIO --seeds $PULL_REQUEST_SEEDS --regressions ${REGRESSIONS_DIR} --junit reports/ftsim.xml --out reports/campaign
      - name: canary, a planted bug that has to be found
        if: always()
        run: if npx ftsim fuzz failover --seeds 1..3 --bug never-announces --no-shrink --out reports/canary; then echo "the canary is not red"; exit 1; fi
      - uses: actions/upload-artifact@v4
        if: always()
        with: { name: ftsim-reports, path: reports }

  nightly:
    if: github.event_name == 'schedule'
    runs-on: ubuntu-latest
    timeout-minutes: 180
    strategy:
      fail-fast: false
      matrix: { shard: [1, 2, 3, 4] }
    env:
      SHARD: \${{ matrix.shard }}
      RUN: \${{ github.run_number }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 20, cache: npm }
      - run: npm ci
      - name: new seeds, a quarter of them
        run: npx ftsim fuzz $SCENARIO --seeds $((RUN * NIGHTLY_SEEDS))..$((RUN * NIGHTLY_SEEDS + NIGHTLY_SEEDS - 1)) --shard $SHARD/4 --out reports/shard-$SHARD
      - uses: actions/upload-artifact@v4
        if: always()
        with: { name: "ftsim-shard-\${{ matrix.shard }}", path: reports }

  merged:
    if: always() && github.event_name == 'schedule'
    needs: nightly
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 20, cache: npm }
      - run: npm ci
      - uses: actions/download-artifact@v4
        with: { pattern: "ftsim-shard-*", path: reports, merge-multiple: true }
      - name: the night as one campaign
        run: npx ftsim merge reports/shard-* $MARKS --out reports/night
      - uses: actions/upload-artifact@v4
        if: always()
        with: { name: ftsim-night, path: reports/night }
`;

export const REGRESSIONS_README: string = `# Reproductions that must not fail again

Put the \`repro.json\` of a run that failed here, under a name of your own, when it is mended. \`ftsim fuzz --regressions ${REGRESSIONS_DIR}\` runs all of them before it begins with seeds.
`;
