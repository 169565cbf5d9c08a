import 'react';

declare module 'react' {
  interface CSSProperties {
    /** Custom properties that this page's style sheets read. */
    [property: `--${string}`]: string | number | undefined;
  }
}
