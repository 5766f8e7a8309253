// Which screen is shown: by the kiosk's enrolment, the operator on duty, and where the operator went.
import { useState } from 'preact/hooks';
import { LanguageSwitch, useLocale } from '../../shared/ui/locale-context.tsx';
import { Notice } from '../../shared/ui/notice.tsx';
import { Mark } from '../../shared/ui/shapes.tsx';
import type { KioskBridge, KioskState } from '../bridge/contract.ts';
import { useCall, useKioskState } from './bridge.ts';
import { FailureNotice } from './failure-notice.tsx';
import { ActivateScreen } from './screens/activate.tsx';
import { AppointmentsScreen } from './screens/appointments.tsx';
import { CheckScreen } from './screens/check.tsx';
import { EnrolScreen } from './screens/enrol.tsx';
import { HomeScreen } from './screens/home.tsx';
import { LoginScreen } from './screens/login.tsx';
import { OwnFingerScreen } from './screens/own-finger.tsx';
import { ScreenTitle } from './screens/screen-title.tsx';
import { StatusScreen } from './screens/status.tsx';

export type Place = 'home' | 'activate' | 'recover' | 'appointments' | 'finger' | 'check' | 'status';

export function App({ bridge }: { readonly bridge: KioskBridge }) {
  const { text } = useLocale();
  const { state, failure } = useKioskState(bridge);
  const [place, setPlace] = useState<Place>('home');
  if (state === undefined) {
    return (
      <main class="screen">
        {failure === undefined ? (
          <p class="waiting" role="status">
            {text.loading}
          </p>
        ) : (
          <div class="stack">
            <ScreenTitle>{text.kiosk.faulted}</ScreenTitle>
            <FailureNotice failure={failure} />
            <div class="row">
              <button type="button" class="button" onClick={() => location.reload()}>
                {text.tryAgain}
              </button>
              <LanguageSwitch />
            </div>
          </div>
        )}
      </main>
    );
  }
  const gone = failure !== undefined;
  return (
    <>
      <TopBar bridge={bridge} state={state} place={place} go={setPlace} gone={gone} />
      <main class="screen">
        {gone && (
          <div class="above stack">
            <ScreenTitle>{text.kiosk.gone.what}</ScreenTitle>
            <Notice tone="bad" says={text.kiosk.gone.next} />
          </div>
        )}
        {state.clock.reason === 'differs' && (
          <div class="above">
            <Notice tone="bad" says={text.reasons.edge.clock_rejected} />
          </div>
        )}
        {/* What was typed stays; nothing of it can be asked of a program that is not there. */}
        <div class="shown" inert={gone}>
          <Shown bridge={bridge} state={state} place={place} go={setPlace} />
        </div>
      </main>
    </>
  );
}

type Props = {
  readonly bridge: KioskBridge;
  readonly state: KioskState;
  readonly place: Place;
  readonly go: (place: Place) => void;
};

/** Checking a code and looking at the status need no operator; activating does. */
function Shown({ bridge, state, place, go }: Props) {
  if (state.enrolment.state !== 'enrolled') return <EnrolScreen bridge={bridge} enrolment={state.enrolment} />;
  if (place === 'check') return <CheckScreen bridge={bridge} go={go} />;
  if (place === 'status') return <StatusScreen bridge={bridge} state={state} go={go} />;
  if (state.operator === undefined) return <LoginScreen bridge={bridge} go={go} />;
  if (place === 'activate' || place === 'recover') {
    return <ActivateScreen bridge={bridge} state={state} place={place} go={go} />;
  }
  if (place === 'appointments') return <AppointmentsScreen bridge={bridge} state={state} go={go} />;
  if (place === 'finger') return <OwnFingerScreen bridge={bridge} go={go} />;
  return <HomeScreen bridge={bridge} state={state} operator={state.operator} go={go} />;
}

function TopBar({ bridge, state, place, go, gone }: Props & { readonly gone: boolean }) {
  const { locale, text } = useLocale();
  const logout = useCall(bridge, 'operator.logout');
  const { enrolment, operator, line } = state;
  return (
    <header class="top">
      <div class="top-who">
        <span class="brand">
          <Mark />
          {text.name}
        </span>
        {enrolment.state === 'enrolled' && (
          <span class="top-place">
            <span>
              <bdi>{enrolment.centre.name[locale]}</bdi>
            </span>
            <span class="top-kiosk">
              <bdi>{enrolment.name}</bdi>
            </span>
          </span>
        )}
      </div>
      {!gone && (
        <p class={`line ${line.state}`} role="status">
          {text.kiosk.bar.line[line.state]}
        </p>
      )}
      <nav class="top-acts">
        {!gone && place !== 'home' && enrolment.state === 'enrolled' && (
          <button type="button" class="button quiet" onClick={() => go('home')}>
            {text.kiosk.bar.home}
          </button>
        )}
        {!gone && operator && (
          <button
            type="button"
            class="button quiet"
            aria-describedby="on-duty"
            onClick={() => void logout.run({}, () => go('home'))}
          >
            {text.kiosk.bar.logout}
          </button>
        )}
        <LanguageSwitch />
      </nav>
      {operator && (
        <p class="top-duty" id="on-duty">
          {text.kiosk.bar.operator(operator.name[locale])} · {text.kiosk.roles[operator.role]}
        </p>
      )}
    </header>
  );
}
