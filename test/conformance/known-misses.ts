/** Why a scenario cannot pass in a row, for the page; a miss that is not named here is a defect. */
const REASONS: readonly { row: RegExp; scenario: string; reason: string }[] = [
  {
    row: /^bridge: modern client/,
    scenario: 'input-required-result-basic-elicitation',
    reason:
      'a server of older revisions does not name its questions, so the hub does; the scenario wants the name `user_name`',
  },
];

export function missReason(row: string, scenario: string): string {
  const known = REASONS.find((entry) => entry.row.test(row) && entry.scenario === scenario);
  return known?.reason ?? '**not explained**';
}
