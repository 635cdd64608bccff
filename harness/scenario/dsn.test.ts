import { expect, test } from 'vitest';
import { composeDsn, parseDsn } from './dsn.ts';

const POSTFIX = `From: MAILER-DAEMON@mx.example.test (Mail Delivery System)
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4XY.1700000000/mx.example.test"
MIME-Version: 1.0

This is a MIME-encapsulated message.

--4XY.1700000000/mx.example.test
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

<x@hosted.test>: host mx.hosted.test said: 550 5.1.1 no such user

--4XY.1700000000/mx.example.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test
X-Postfix-Queue-ID: 4XY

Final-Recipient: rfc822; x@hosted.test
Original-Recipient: rfc822;y@example.test
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.hosted.test
Diagnostic-Code: smtp; 550 5.1.1 no such
    user

Final-Recipient: rfc822; z@hosted.test
Action: delayed
Status: 4.2.0 (later)

--4XY.1700000000/mx.example.test
Content-Type: text/rfc822-headers

Subject: Hello
Message-ID: <1@sender.test>

--4XY.1700000000/mx.example.test--
`;

test('a notification about two recipients is read field by field', () => {
  expect(parseDsn(Buffer.from(POSTFIX))).toEqual({
    reporting: 'mx.example.test',
    recipients: [
      { recipient: 'x@hosted.test', original: 'y@example.test', action: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 no such    user', remote: 'mx.hosted.test' },
      { recipient: 'z@hosted.test', action: 'delayed', status: '4.2.0' },
    ],
    returned: 'headers',
    originalHeaders: [
      ['Subject', 'Hello'],
      ['Message-ID', '<1@sender.test>'],
    ],
  });
});

test('a message that is no delivery status notification is none', () => {
  expect(parseDsn(Buffer.from('Subject: Undelivered Mail\r\n\r\nFinal-Recipient: rfc822; x@a.test\r\n'))).toBeUndefined();
});

test('what an outside receiver composes can be read again', () => {
  const raw = composeDsn({
    from: 'strict.test',
    to: 'ann@sender.test',
    reporting: 'mx.strict.test',
    messageId: '<b@mx.strict.test>',
    date: new Date(0),
    recipients: [{ recipient: 'x@strict.test', action: 'failed', status: '5.7.1', diagnostic: '550 5.7.1 no' }],
    original: [['Subject', 'Hello']],
  });
  expect(parseDsn(raw)).toMatchObject({
    recipients: [{ recipient: 'x@strict.test', status: '5.7.1', diagnostic: '550 5.7.1 no' }],
    returned: 'headers',
    originalHeaders: [['Subject', 'Hello']],
  });
});
