import { Controller } from '@nestjs/common';
import { openApi } from '#contracts/openapi';
import { Operation } from '#http/server/operation';
import { RELEASE } from '#platform/release';

@Controller()
export class OpenApiController {
  private readonly document = openApi('registry', RELEASE);

  @Operation('describeApi')
  get() {
    return this.document;
  }
}
