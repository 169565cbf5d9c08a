import { Module } from '@nestjs/common';
import { ModelDirectory } from './model-directory.js';

/** Which models there are. */
@Module({
  providers: [ModelDirectory],
  exports: [ModelDirectory],
})
export class ModelsModule {}
