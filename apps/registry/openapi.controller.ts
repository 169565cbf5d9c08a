import { readFileSync } from 'node:fs';
import { Controller, Get } from '@nestjs/common';
import { openApi } from '#contracts/openapi';

/** The repository's package.json: as far up from dist/apps/registry as it takes. */
function version(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
      if (name === 'ratchet' && typeof version === 'string') return version;
    } catch {
      // Not here; look one folder up.
    }
    if (folder.pathname === '/') return '0.0.0';
  }
}

@Controller('/openapi.json')
export class OpenApiController {
  private readonly document = openApi('registry', version());

  @Get()
  get(): unknown {
    return this.document;
  }
}
