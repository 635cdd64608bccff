/** Files for CI, by their paths. Versions of actions are those that docs/ci.md names. */
export const CI_TEXTS: Readonly<Record<string, { text: string; executable: boolean }>> = {
  '.github/workflows/mailproof.yml': {
    executable: false,
    text: `name: mail
on: [push, pull_request]
permissions: { contents: read }
jobs:
  mail:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4.2.2
      - uses: actions/setup-node@v4.4.0
        with: { node-version: "24" }
      - run: ci/mailproof.sh
      - uses: actions/upload-artifact@v4.6.2
        if: always()
        with: { name: mailproof, path: reports/latest, if-no-files-found: ignore }
`,
  },
  'ci/mailproof.sh': {
    executable: true,
    text: `#!/bin/sh
# For any CI: needs Linux, Node 24, and a container engine that this user may use. Ends with a status other than 0 when the mail system
# does not what the scenarios say; reports/latest/index.html says why.
set -eu
cd "$(dirname "$0")/.."
npm ci
npx mailproof check
npx mailproof run
`,
  },
};
