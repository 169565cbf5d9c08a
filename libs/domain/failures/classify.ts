/**
 * Whether doing the same again may succeed. `temporary`: something outside is away, busy or full: again, later, for as long as it
 * takes. `permanent`: it lies in what is being handled, and the next thousand tries would end alike.
 */
export type FailureKind = 'temporary' | 'permanent';

/** Of Node: the other end, the network, or what the machine has run out of. */
const SYSTEM = new Set([
  'EAGAIN',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EADDRNOTAVAIL',
  'EBUSY',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDQUOT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EIO',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'ENOTCONN',
  'ENOTFOUND',
  'EPIPE',
  'EROFS',
  'ESTALE',
  'ETIMEDOUT',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ABORT_ERR',
]);

const SQLSTATE = /^[0-9A-Z]{5}$/;
/**
 * Classes of SQLSTATE that are about the value at hand (https://www.postgresql.org/docs/current/errcodes-appendix.html): cardinality,
 * data, integrity, limits of a program, and what a function of ours refuses. Everything else (connection, roles, schema, locks,
 * serialisation, resources, shutdown, disk, internal) is the server's or its administrator's business.
 */
const ABOUT_THE_VALUE = /^(21|22|23|54|P0)/;

/** Kafka refuses these messages, and would again; every other answer of a broker passes. */
const REFUSED_BY_KAFKA = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'CORRUPT_MESSAGE',
  'POLICY_VIOLATION',
]);

/** What pg and TypeORM say in words only. */
const LOST_CONNECTION =
  /connection terminated|connection (?:was )?(?:closed|ended|lost)|timeout exceeded when trying to connect|timeout expired|read timeout|not queryable|connection is not established|already released|after calling end on the pool|producer is disconnected|socket hang up|other side closed|fetch failed/i;

/** S3 and HTTP. */
const PASSING_STATUS = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500;
const S3_PASSING = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'RequestTimeTooSkewed',
]);

/** Says of which kind it is, where the one who throws knows best. */
export interface ClassifiedFailure {
  readonly failureKind: FailureKind;
}

const field = (error: object, name: string): unknown => (name in error ? Reflect.get(error, name) : undefined);

/** What one error of a chain says; null where it does not say anything. */
function kindOf(error: object): FailureKind | null {
  const own = field(error, 'failureKind');
  if (own === 'temporary' || own === 'permanent') return own;
  const name = String(field(error, 'name') ?? '');
  if (name.startsWith('KafkaJS')) return kindOfKafkas(error);
  if (name === 'TimeoutError' || name === 'AbortError') return 'temporary';
  const code = field(error, 'code');
  if (typeof code === 'string') {
    if (SYSTEM.has(code) || code.startsWith('UND_ERR_') || S3_PASSING.has(code)) return 'temporary';
    if (SQLSTATE.test(code) && field(error, 'severity') !== undefined)
      return ABOUT_THE_VALUE.test(code) ? 'permanent' : 'temporary';
  }
  const status = field(error, 'status') ?? field(error, 'statusCode');
  if (typeof status === 'number') return PASSING_STATUS(status) ? 'temporary' : 'permanent';
  return LOST_CONNECTION.test(String(field(error, 'message') ?? '')) ? 'temporary' : null;
}

function kindOfKafkas(error: object): FailureKind {
  const type = field(error, 'type');
  return typeof type === 'string' && REFUSED_BY_KAFKA.has(type) ? 'permanent' : 'temporary';
}

/** An error, what it was caused by, and what it stands for, outermost first. */
function* chain(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 8) return;
  yield error;
  for (const name of ['cause', 'driverError', 'originalError', 'errors']) {
    const inner = field(error, name);
    for (const each of Array.isArray(inner) ? inner : [inner]) yield* chain(each, depth + 1);
  }
}

/**
 * The one place that decides it, for every consumer, loop and producer. Whatever does not say that it is temporary is permanent:
 * an exception nobody foresaw (RangeError, TypeError) comes back each time, and must not stop what comes after.
 */
export function classifyFailure(error: unknown): FailureKind {
  for (const each of chain(error)) {
    const kind = kindOf(each);
    if (kind !== null) return kind;
  }
  return 'permanent';
}
