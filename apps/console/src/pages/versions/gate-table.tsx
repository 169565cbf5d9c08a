import type { GateCheck, GateResult, RecentGate } from '#contracts/events/evaluation';
import { RECENT_REASONS } from '#contracts/recent-reasons';
import { VerdictBadge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { When } from '../../components/when.js';
import { decimal, plural, signed } from '../../format/numbers.js';

const NAMES: Record<GateCheck['check'], string> = {
  accuracy_improvement: 'Accuracy improvement',
  f1_macro_improvement: 'Macro F1 improvement',
  failure_rate_reduction: 'Failure-rate reduction',
  beats_baseline: 'Beats the baseline',
  enough_evidence: 'Enough evidence',
  distinguishes_actions: 'Tells actions apart',
};

/** A difference has a sign; the accuracy that has to beat the baseline has none. */
const number = (check: GateCheck['check'], value: number | null): string =>
  check === 'beats_baseline' ? decimal(value) : signed(value);

const COLUMNS: readonly Column<GateCheck>[] = [
  {
    key: 'check',
    head: 'Check',
    wide: true,
    cell: ({ check, explanation }) => (
      <>
        <span className="strong">{NAMES[check]}</span>
        <p className="muted small">{explanation}</p>
      </>
    ),
  },
  { key: 'value', head: 'Measured', number: true, cell: ({ check, value }) => number(check, value) },
  { key: 'threshold', head: 'Needed', number: true, from: 2, cell: needed },
];
const OUTCOME: Column<GateCheck> = {
  key: 'outcome',
  head: 'Outcome',
  cell: ({ outcome }) => <VerdictBadge verdict={outcome} />,
};

/** Where the recent rows are judged apart, their outcome stands beside that of the whole holdout. */
function columnsOf(recent: RecentGate | undefined): Column<GateCheck>[] {
  if (recent === undefined) return [...COLUMNS, OUTCOME];
  const recently = (name: GateCheck['check']) => recent.checks.find(({ check }) => check === name)?.outcome;
  return [
    ...COLUMNS,
    { ...OUTCOME, head: 'Whole' },
    {
      key: 'recent',
      head: 'Recent',
      cell: ({ check }) => <VerdictBadge verdict={recently(check) ?? 'not-applicable'} />,
    },
  ];
}

function RecentLead({ recent }: { recent: RecentGate }) {
  const { because, champion_accuracy: champion, challenger_accuracy: challenger } = recent;
  return (
    <p className="card-lead muted small">
      Recent: the {plural(recent.rows, 'row')} since <When at={recent.since} />, judged apart as{' '}
      {RECENT_REASONS[because]}. Accuracy {decimal(challenger)}
      {champion !== null && ` against ${decimal(champion)}`}.{recent.decides && ' They decide.'}
    </p>
  );
}

function needed({ check, threshold }: GateCheck): string {
  if (threshold === null) return '–';
  if (check === 'enough_evidence') return '> 0';
  return check === 'beats_baseline' ? `> ${decimal(threshold)}` : `≥ ${signed(threshold)}`;
}

/** The summary of a verdict other than pass repeats the explanations, which stand right below it. */
function lead({ verdict, checks, summary }: GateResult): string {
  const missed = checks.filter(({ outcome }) => outcome === verdict).length;
  if (verdict === 'pass' || verdict === 'error') return summary.replace(/^(pass|error): /i, '');
  return `${missed} of ${plural(checks.length, 'check')} ${verdict === 'fail' ? 'failed' : 'left it open'}.`;
}

/** Every check with its number, its threshold, its outcome and why. */
export function GateTable({ gate, evaluatedAt }: { gate: GateResult; evaluatedAt: string }) {
  return (
    <Card
      title="Gate"
      flush
      aside={
        <span className="muted small">
          judged <When at={evaluatedAt} />
        </span>
      }
    >
      <p className="card-lead">
        <VerdictBadge verdict={gate.verdict} /> {lead(gate)}
        {gate.trial?.suited && ` A trial would tell: ${gate.trial.reason}.`}
      </p>
      {gate.verdict !== 'pass' && gate.power && gate.power.length > 0 && (
        <p className="card-lead muted small">{gate.power.map(({ explanation }) => explanation).join(' ')}</p>
      )}
      {gate.recent && <RecentLead recent={gate.recent} />}
      <DataTable
        caption="Checks of the gate"
        columns={columnsOf(gate.recent)}
        rows={gate.checks}
        keyOf={({ check }) => check}
      />
    </Card>
  );
}
