import { useState } from 'react';
import type { VersionDetail } from '#contracts/http/versions';
import { LabelsDialog } from '../../actions/labels-dialog.js';
import { Badge } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { ForOperators } from '../../session/who-context.js';
import { labelsOf } from '../../state/labels.js';

/** What people call a version and say of it; whoever may changes it here. */
export function LabelsCard({ detail }: { detail: VersionDetail }) {
  const [open, setOpen] = useState(false);
  const labels = labelsOf(detail);
  const { description, aliases, tags } = labels;
  const pairs = Object.entries(tags);
  const nothing = description === null && aliases.length === 0 && pairs.length === 0;
  return (
    <Card
      title="Names and notes"
      aside={
        <ForOperators>
          <Button small onClick={() => setOpen(true)}>
            Change<span className="visually-hidden"> names and notes</span>
          </Button>
          <LabelsDialog
            model={detail.model}
            version={detail.version}
            labels={labels}
            open={open}
            close={() => setOpen(false)}
          />
        </ForOperators>
      }
    >
      {nothing && <p className="muted">No alias, no tag, no description.</p>}
      {description !== null && <p className="prose">{description}</p>}
      {(aliases.length > 0 || pairs.length > 0) && (
        <ul className="labels">
          {aliases.map((alias) => (
            <li key={alias}>
              <Badge tone="accent">{alias}</Badge>
            </li>
          ))}
          {pairs.map(([key, value]) => (
            <li key={key} className="tag">
              <span className="muted">{key}</span> {value}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
