/** What a run has measured and left out, said at its end; docs/going-to-production.md repeats it. */
export class Report {
  private readonly lines: string[] = [];

  figure(what: string, value: string): void {
    this.lines.push(`  ${what}: ${value}`);
  }

  notRun(what: string): void {
    this.lines.push(`  not run: ${what}`);
  }

  print(): void {
    console.log(['', 'Images', ...this.lines, ''].join('\n'));
  }
}
