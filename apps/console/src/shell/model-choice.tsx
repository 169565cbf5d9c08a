import { useId } from 'react';
import type { Route } from '../routing/route.js';
import { navigate } from '../routing/use-route.js';

interface ModelChoiceProps {
  models: readonly string[];
  /** Null where the page is about all of them. */
  model: string | null;
  route: Route;
}

/** The model all pages are about; a choice only where there is one. */
export function ModelChoice({ models, model, route }: ModelChoiceProps) {
  const field = useId();
  if (models.length < 2)
    return (
      <p className="model-name" title="The model">
        {model}
      </p>
    );
  return (
    <div className="model-choice">
      <label htmlFor={field} className="visually-hidden">
        Model
      </label>
      <select
        id={field}
        className="select"
        value={model ?? ''}
        onChange={({ target: { value } }) => navigate(value === '' ? { page: 'home' } : samePageOf(value, route))}
      >
        <option value="">All models</option>
        {models.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}

/** A version or run of one model means nothing for another: those go to the list. */
function samePageOf(model: string, route: Route): Route {
  switch (route.page) {
    case 'version':
    case 'compare':
      return { page: 'versions', model };
    case 'runs':
      return { page: 'runs', model, run: null };
    case 'versions':
    case 'live':
    case 'feedback':
    case 'audit':
    case 'deployments':
      return { page: route.page, model };
    default:
      return { page: 'overview', model };
  }
}
