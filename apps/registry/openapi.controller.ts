import { Controller, Get } from '@nestjs/common';
import { openApi } from '#contracts/openapi';
import { RELEASE } from '#platform/release';

@Controller('/openapi.json')
export class OpenApiController {
  private readonly document = openApi('registry', RELEASE);

  @Get()
  get(): unknown {
    return this.document;
  }
}
