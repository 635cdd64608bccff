import { expect, test } from 'vitest';
import { loadWorld } from '../../world/index.ts';
import { commandOf } from './command-line.ts';

const model = loadWorld('starter');

test.each([
  ['send', { from: '<>', to: 'alice@example.test' }, "mailproof send --from '<>' --to alice@example.test"],
  [
    'send',
    { from: 'ann@sender.test', to: ['a@example.test', 'b@example.test'], port: 25, tls: 'never', message: { subject: "It's", body: 'two\nlines' } },
    "mailproof send --from ann@sender.test --to a@example.test --to b@example.test --port 25 --tls never --subject 'It'\\''s' --body 'two\nlines'",
  ],
  ['submit', { user: 'alice', from: 'alice@example.test', to: 'x@hosted.test' }, 'mailproof send --from alice@example.test --to x@hosted.test --user alice'],
  ['clock', 'advance 1h 5m', 'mailproof clock advance 1h 5m'],
  ['clock', { host: 'mx', skew: '-10m' }, 'mailproof clock advance -10m --host mx'],
  ['stop', ['mx/exim', 'store'], 'mailproof stop mx/exim store'],
  ['slow', { between: ['mx', 'store'], delay: '200ms', 'lose one in': 10 }, 'mailproof slow mx store 200ms --lose-one-in 10'],
  ['outside', { 'hosted.test': { behaves: [{ greylist: '5m' }, 'no starttls'] } }, "mailproof outside hosted.test 'greylist: 5m' 'no starttls'"],
  ['outside', { 'slow.test': { behaves: [{ greylist: '5m' }] } }, 'mailproof outside slow.test --restore'],
])('the command of %s %j', (verb, value, command) => {
  expect(commandOf(model, verb, value)).toBe(command);
});

test.each([
  ['send', { from: 'ann@sender.test', to: 'alice@example.test', dkim: {} }],
  ['clock', 'advance to next try'],
  ['outside', { 'gone.test': { behaves: ['no starttls'] } }],
  ['outside', { 'hosted.test': { mx: 'null' } }],
  ['dns', { 'hosted.test': 'nxdomain' }],
])('no command says all of %s %j', (verb, value) => {
  expect(commandOf(model, verb, value)).toBeUndefined();
});
