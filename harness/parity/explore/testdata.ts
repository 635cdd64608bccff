import type { Material } from './material.ts';

/** A small company. */
export const MATERIAL: Material = {
  accounts: ['alice@example.test', 'bob@example.test'],
  aliases: ['info@example.test', 'postmaster@example.test'],
  named: ['nobody@example.test'],
  ours: ['example.test', 'events.example.test'],
  hosts: ['mx.example.test'],
  outside: ['sender.test', 'hosted.test'],
  senders: ['sender.test', 'hosted.test'],
  clients: ['198.51.100.77', '2001:db8:66::77', '10.20.0.50'],
  entrance: '203.0.113.10',
  limits: [10_485_760],
};
