import { useState } from 'react';
import type { AuditRecord } from '#contracts/http/audit';
import { type Column, DataTable } from '../../components/data-table.js';
import { When } from '../../components/when.js';

export function AuditTable({ records }: { records: readonly AuditRecord[] }) {
  const [open, setOpen] = useState<number | null>(null);
  const columns: Column<AuditRecord>[] = [
    { key: 'sequence', head: 'No.', number: true, from: 2, cell: ({ sequence }) => sequence },
    { key: 'at', head: 'When', cell: ({ at }) => <When at={at} /> },
    { key: 'actor', head: 'Who', from: 2, cell: ({ actor }) => <span className="name">{actor}</span> },
    {
      key: 'action',
      head: 'What and why',
      wide: true,
      cell: ({ action, model, reason }) => (
        <>
          <span className="strong">{action}</span> {model === null && <span className="muted small">of no model</span>}
          <p className="muted clamped">{reason}</p>
        </>
      ),
    },
    { key: 'hash', head: 'Hash', from: 3, cell: ({ hash }) => <code title={hash}>{hash.slice(0, 10)}</code> },
    {
      key: 'more',
      head: <span className="visually-hidden">Details</span>,
      cell: ({ sequence }) => (
        <button
          type="button"
          className="button button-quiet button-small"
          aria-expanded={open === sequence}
          onClick={() => setOpen(open === sequence ? null : sequence)}
        >
          {open === sequence ? 'Less' : 'More'}
          <span className="visually-hidden"> about record {sequence}</span>
        </button>
      ),
    },
  ];
  return (
    <DataTable
      caption="Audit records, newest first"
      columns={columns}
      rows={records}
      keyOf={({ sequence }) => String(sequence)}
      below={(record) => (record.sequence === open ? <Change record={record} /> : null)}
    />
  );
}

/** What it was before and after, and its place in the chain. */
function Change({ record }: { record: AuditRecord }) {
  return (
    <div className="audit-change">
      <div>
        <h3>Before</h3>
        <pre className="sample">{JSON.stringify(record.before, null, 2)}</pre>
      </div>
      <div>
        <h3>After</h3>
        <pre className="sample">{JSON.stringify(record.after, null, 2)}</pre>
      </div>
      <p className="audit-chain">{record.reason}</p>
      <p className="audit-chain muted small">
        Record {record.sequence} by {record.actor}. Previous <code className="break">{record.previous_hash}</code>, this{' '}
        <code className="break">{record.hash}</code>
      </p>
    </div>
  );
}
