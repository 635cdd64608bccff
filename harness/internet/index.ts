export { connectHub, type HubAddress, HubClient, type HubConnection, type HubEvents } from './hub-client.ts';
export * from './protocol.ts';
