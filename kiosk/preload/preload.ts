// The page's end of the bridge in Electron: `window.tawthiq`, and nothing else of Electron. Bundled to one CommonJS file.
import { contextBridge, ipcRenderer } from 'electron';
import type { Channel, Input, KioskBridge, KioskEvent, Output } from '../bridge/contract.ts';
import { callName, eventName } from '../main/ipc-names.ts';

const listeners = new Set<(event: KioskEvent) => void>();
ipcRenderer.on(eventName, (_event, sent: KioskEvent) => {
  for (const listener of listeners) listener(sent);
});

const bridge: KioskBridge = {
  async call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>> {
    try {
      return (await ipcRenderer.invoke(callName, channel, input)) as Output<C>;
    } catch {
      return { ok: false, error: { reason: 'unexpected' } } as Output<C>;
    }
  },
  onEvent(listener) {
    listeners.add(listener);
    void bridge.call('state.get', {}).then((answer) => {
      if (answer.ok && listeners.has(listener)) listener({ type: 'state', state: answer.value });
    });
    return () => void listeners.delete(listener);
  },
};

contextBridge.exposeInMainWorld('tawthiq', bridge);
