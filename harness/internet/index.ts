export { connectHub, type HubAddress, HubClient, type HubConnection, type HubEvents } from './hub-client.ts';
export { withinNetworks } from './networks.ts';
export * from './protocol.ts';
