import { ratchet } from '#contracts/command-line';
import type { ServiceName } from '#contracts/http/services';
import { BrokenOff, type CallError, NoAnswer, Refused, UnknownForm } from '#http/client/errors';
import { connect, type NodeClient } from '#http/client/node';
import { Failure } from '../failure.js';
import type { Address, Token } from './settings.js';

/** A service's operations. Every failure becomes a {@link Failure} that says what to do next. */
export const service = <S extends ServiceName>(of: S, name: string, address: Address, token: Token): NodeClient<S> =>
  connect(of, {
    name,
    url: address.url,
    token: token.kind === 'token' ? token.value : null,
    failure: (error) => failureOf(error, name, address, token),
  });

function failureOf(error: CallError, name: string, { url, from }: Address, token: Token): Failure {
  if (error instanceof NoAnswer)
    return new Failure(
      `${name} does not answer at ${url} (${error.reason}).`,
      from === null || from.endsWith('stack.json')
        ? `Is Ratchet running? Start it with: npm start. What is wrong: ${ratchet('doctor', null)}`
        : `Is Ratchet running, and is ${from} right? What is wrong: ${ratchet('doctor', null)}`,
    );
  if (error instanceof BrokenOff)
    return new Failure(
      `The connection to ${name} at ${url} broke off (${error.reason}).`,
      'Run the same command again; what was done is kept and nothing counts twice.',
    );
  if (error instanceof UnknownForm)
    return new Failure(
      `${name} at ${url} answered ${error.asked} in a form this command does not know (${error.where}).`,
      'Are the command and the services of the same release? Update both, then "npm start".',
    );
  if (error instanceof Refused)
    return new Failure(error.message, advice(error.status, name, token), {
      status: error.status,
      code: error.code,
      fields: error.problem?.errors,
    });
  return new Failure(error.message);
}

function advice(status: number, name: string, token: Token): string | null {
  if (status === 401)
    return token.kind === 'none'
      ? `No token was sent: RATCHET_TOKEN is not set and ${token.file} is not there. Run on the machine where Ratchet was started, or set RATCHET_TOKEN.`
      : `The token sent was the one from ${token.from}. Is it of this installation?`;
  if (status === 403)
    return `Ask an administrator for a token with that role: ${ratchet('token create', null, '--role operator --name NAME')}`;
  if (status === 503) return `What is away: ${ratchet('doctor', null)}`;
  if (status >= 500) return `See the log of ${name}, then try again.`;
  return null;
}
