import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeBackend } from '#contracts/backends';
import { LightGBM } from '#models/native/lightgbm';
import { locateLibrary, type NativeLibrary, NativeLibraryError } from '#models/native/locate';
import { XGBoost } from '#models/native/xgboost';
import { loadModelDefinitions } from '#platform/model-definitions';
import type { Environment, Settings } from '../client/settings.js';
import { definitionsFolder } from './definitions.js';
import { type Finding, failed, ok, skipped } from './finding.js';

const OPEN = { xgboost: XGBoost.open, lightgbm: LightGBM.open } as const;

function librariesWanted(env: Environment): Set<NativeLibrary> {
  try {
    const definitions = [...loadModelDefinitions(definitionsFolder(env)).values()];
    return new Set(definitions.flatMap(({ backend }) => describeBackend(backend).library ?? []));
  } catch {
    // What is wrong with the definitions is another finding.
    return new Set();
  }
}

/** Whether the libraries that the model definitions train with can be loaded here, where a trainer is set up here. */
export function checkNativeLibraries(env: Environment, settings: Settings): Finding[] {
  const isHere = env.XGBOOST_LIBRARY || env.LIGHTGBM_LIBRARY || existsSync(join(settings.home, 'native'));
  if (!isHere)
    return [
      skipped(
        'native libraries',
        'No trainer is set up on this machine.',
        'On the trainer’s machine, run ratchet doctor with its RATCHET_HOME.',
      ),
    ];
  return [...librariesWanted(env)].map((library) => {
    const check = `library ${library}`;
    try {
      const path = locateLibrary(library, { env, home: settings.home });
      OPEN[library](path);
      return ok(check, `${path} can be loaded.`);
    } catch (error) {
      if (error instanceof NativeLibraryError) return failed(check, error.reason, error.remedy);
      throw error;
    }
  });
}
