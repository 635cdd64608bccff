import { expect, it } from 'vitest';
import { Transcript } from './transcript.ts';

const said = (transcript: Transcript): string[] => transcript.lines.map(({ mark, text }) => `${mark} ${text}`);

it('leaves out the initial response of AUTH, and names the mechanism', () => {
  const transcript = new Transcript();
  transcript.client('auth PLAIN AGFubgBzZWNyZXQ=');
  transcript.client('(29 bytes) "AUTH PLAIN AGFubgBzZWNyZXQ=\\r\\n"');
  expect(said(transcript)).toEqual(['-> auth PLAIN ***', '-> (29 bytes) "AUTH PLAIN ***\\r\\n"']);
});

it('leaves out what answers a challenge, until the login has ended', () => {
  const transcript = new Transcript();
  transcript.tls = true;
  transcript.client('AUTH LOGIN');
  transcript.server('334 VXNlcm5hbWU6\r\n');
  transcript.client('YW5u');
  transcript.server('334 UGFzc3dvcmQ6\r\n');
  transcript.client('c2VjcmV0');
  transcript.server('535 5.7.8 no\r\n');
  transcript.client('MAIL FROM:<ann@sender.test>');
  expect(said(transcript)).toEqual(['~> AUTH LOGIN', '<~ 334 VXNlcm5hbWU6', '~> ***', '<~ 334 UGFzc3dvcmQ6', '~> ***', '<~* 535 5.7.8 no', '~> MAIL FROM:<ann@sender.test>']);
});

it('says when the client gives a login up, and leaves all else as it was said', () => {
  const transcript = new Transcript();
  transcript.server('220 mx.example.test\r\n');
  transcript.client('EHLO auth.sender.test');
  transcript.client('AUTH PLAIN');
  transcript.server('334 \r\n');
  transcript.client('*');
  expect(said(transcript)).toEqual(['<- 220 mx.example.test', '-> EHLO auth.sender.test', '-> AUTH PLAIN', '<- 334 ', '-> *']);
});
