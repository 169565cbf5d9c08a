import type { ButtonHTMLAttributes } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** One primary action a view at most; danger for what takes something away. */
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  small?: boolean;
}

export function Button({ kind = 'plain', small = false, type = 'button', className = '', ...rest }: ButtonProps) {
  return (
    <button type={type} className={`button button-${kind} ${small ? 'button-small' : ''} ${className}`} {...rest} />
  );
}
