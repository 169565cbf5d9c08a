import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';

/**
 * The streams that are open: of infer requests, of those who watch the health, of reflection. Their callers may keep them
 * open for days, so that somebody has to end them before the server can stop.
 */
export class OpenStreams {
  private readonly open = new Set<ServerInterceptingCallInterface>();

  /** Notes every stream from its beginning to its end. */
  readonly interceptor: ServerInterceptor = (method, call) => {
    if (!(method.requestStream || method.responseStream)) return new ServerInterceptingCall(call);
    this.open.add(call);
    return new ServerInterceptingCall(call, {
      start: (next) => next({ onCancel: () => void this.open.delete(call) }),
      sendStatus: (said, next) => {
        this.open.delete(call);
        next(said);
      },
    });
  };

  /** What was answered already reaches its caller first. */
  end(): void {
    for (const call of this.open)
      call.sendStatus({ code: status.UNAVAILABLE, details: 'this instance is about to stop; ask another one' });
    this.open.clear();
  }
}
