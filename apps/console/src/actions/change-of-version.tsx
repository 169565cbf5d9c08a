import { ArrowIcon } from '../components/icons.js';

/** From → to, as large as what it means. */
export function ChangeOfVersion({ from, to }: { from: string | null; to: string }) {
  return (
    <p className="change">
      <span className="change-from">
        <span className="visually-hidden">from </span>
        {from ?? 'nothing'}
      </span>
      <ArrowIcon />
      <span className="change-to">
        <span className="visually-hidden">to </span>
        {to}
      </span>
    </p>
  );
}
