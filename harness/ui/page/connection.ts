import type { Change, Snapshot } from '../wire.ts';
import { eventsUrl } from './api.ts';
import type { Store } from './store.ts';

/** A browser gives some connections up for good: then it is begun anew. */
const AGAIN_MS = 1000;

/** Follows the server's events. The browser comes back by itself, with the number of the last event that it saw. */
export function connect(store: Store, say: (text: string) => void): void {
  let last = '';
  const open = (): void => {
    const source = new EventSource(eventsUrl());
    const seen = (event: MessageEvent<string>): void => {
      last = event.lastEventId;
    };
    source.addEventListener('open', () => say(''));
    source.addEventListener('snapshot', (event) => {
      seen(event);
      const snapshot: Snapshot = JSON.parse(event.data);
      store.begin(snapshot);
    });
    source.addEventListener('changes', (event) => {
      seen(event);
      const changes: Change[] = JSON.parse(event.data);
      store.take(changes);
    });
    source.addEventListener('error', () => {
      say(last === '' ? 'not connected: open the address that mailproof ui wrote' : 'connection lost, coming back');
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      setTimeout(open, AGAIN_MS);
    });
  };
  open();
}
