import { Module } from '@nestjs/common';
import { LabelsModule } from '../labels/labels.module.js';
import { ModelsModule } from '../status/models.module.js';
import { AcknowledgementsController } from './acknowledgements.controller.js';
import { Approvals } from './approvals.service.js';
import { CommandsController } from './commands.controller.js';
import { Commands } from './commands.service.js';
import { DeploymentDecisions } from './decisions.service.js';
import { DeploymentsController } from './deployments.controller.js';
import { Drills } from './drills.service.js';
import { InstancesModule } from './instances.module.js';
import { OperatorCommands } from './operator-commands.js';
import { Ticker } from './ticker.js';

/** Commands, the decisions they lead to, and the acknowledgements that carry a deployment on. */
@Module({
  imports: [InstancesModule, LabelsModule, ModelsModule],
  controllers: [AcknowledgementsController, CommandsController, DeploymentsController],
  providers: [Approvals, Commands, DeploymentDecisions, Drills, OperatorCommands, Ticker],
  exports: [Commands, DeploymentDecisions, OperatorCommands],
})
export class DeploymentsModule {}
