import { Mark } from '../components/icons.js';
import { Link } from '../routing/link.js';

export function Brand() {
  return (
    <Link to={{ page: 'home' }} className="brand">
      <Mark />
      <span>Ratchet</span>
    </Link>
  );
}
