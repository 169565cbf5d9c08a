import type { Access } from '#contracts/http/operation';
import type { Role } from '#contracts/primitives';

/** Whether who calls needs a token wherever the service listens. */
export const needsToken = (access: Access): access is Role => access !== 'none' && access !== 'viewer-off-loopback';
