import type { ReactNode } from 'react';
import { MoonIcon, SunIcon, SystemIcon } from '../components/icons.js';
import { chooseZone, useZone, ZONES, zoneName } from '../format/zone.js';
import { useWho } from '../session/who-context.js';
import { THEMES, type Theme, useTheme } from '../theme/use-theme.js';

const THEME_ICONS: Record<Theme, ReactNode> = { system: <SystemIcon />, light: <SunIcon />, dark: <MoonIcon /> };

/** Who is signed in, the colours, and the way out. */
export function Account({ signOut }: { signOut: () => void }) {
  const who = useWho();
  const [theme, choose] = useTheme();
  const zone = useZone();
  const otherZone = ZONES.find((each) => each !== zone) ?? 'local';
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <div className="account">
      <div className="account-who">
        <span className="account-name" title={who.name}>
          {who.name}
        </span>
        <span className="muted small account-role">{who.role}</span>
      </div>
      <button
        type="button"
        className="icon-button"
        onClick={() => choose(next)}
        aria-label={`Colours: ${theme}. Change to ${next}`}
        title={`Colours: ${theme}`}
      >
        {THEME_ICONS[theme]}
      </button>
      <button
        type="button"
        className="button button-quiet button-small account-zone"
        onClick={() => chooseZone(otherZone)}
        title={`Show times in ${otherZone === 'utc' ? 'UTC' : 'local time'}`}
      >
        <span className="visually-hidden">Times: </span>
        {zone === 'utc' ? 'UTC' : 'local'}
        {zone === 'local' && <span className="account-zone-name">({zoneName(zone)})</span>}
      </button>
      <button type="button" className="button button-quiet button-small" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}
