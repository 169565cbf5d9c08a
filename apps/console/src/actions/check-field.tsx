import { Checkbox } from '@base-ui/react/checkbox';
import type { ReactNode } from 'react';
import { CheckIcon } from '../components/icons.js';

interface CheckFieldProps {
  checked: boolean;
  change: (checked: boolean) => void;
  children: ReactNode;
}

export function CheckField({ checked, change, children }: CheckFieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside renders its own input
    <label className="check-field">
      <Checkbox.Root className="checkbox" checked={checked} onCheckedChange={change}>
        <Checkbox.Indicator className="checkbox-mark">
          <CheckIcon size={12} />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <span>{children}</span>
    </label>
  );
}
