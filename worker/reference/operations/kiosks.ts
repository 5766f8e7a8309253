// What a kiosk asks the edge; every request but the first is signed by its key (RFC 9421).
import * as appointments from '../../../shared/contract/appointment.ts';
import { ForkReport } from '../../../shared/contract/fork-report.ts';
import * as kiosk from '../../../shared/contract/kiosk.ts';
import { json, type Operation, open, rowsOf } from '../operation.ts';

const row = rowsOf('kiosks');
const { kioskPaths } = kiosk;

export const kioskOperations: readonly Operation[] = [
  row(
    'post',
    kioskPaths.enrol,
    'in_body',
    ['كشك ينضم برمز لمرة واحدة', 'a kiosk joins with a one-time code'],
    { 201: json(kiosk.EnrolAnswer) },
    { body: json(kiosk.EnrolRequest) },
  ),
  row('get', kioskPaths.sync, 'kiosk_signature', ['ما يحتاج الكشك أن يعرفه', 'what a kiosk has to know'], {
    200: json(kiosk.Sync),
  }),
  row(
    'post',
    kioskPaths.forks,
    'kiosk_signature',
    ['قائمتان موقعتان متناقضتان رآهما الكشك', 'two signed lists that contradict each other, as a kiosk met them'],
    { 204: null },
    { body: json(ForkReport) },
  ),
  row(
    'post',
    kioskPaths.operatorLogin,
    'kiosk_signature',
    ['موظف يبدأ مناوبته', 'an operator goes on duty'],
    { 200: json(kiosk.OperatorLoginAnswer) },
    { body: json(kiosk.OperatorLoginRequest) },
  ),
  row(
    'post',
    kioskPaths.operatorLogout,
    'kiosk_signature',
    ['وينهيها', 'and off duty'],
    { 204: null },
    { body: json(kiosk.OperatorLogoutRequest) },
  ),
  row(
    'post',
    kioskPaths.operatorFingers,
    'kiosk_signature',
    ['بصمة الموظف نفسه', "an operator's own finger is taken"],
    { 201: open() },
    { body: json(kiosk.OperatorFingerRequest) },
  ),
  row(
    'post',
    kioskPaths.session,
    'kiosk_signature',
    ['ما يلزم لتفعيل هذا الشخص', 'what it takes to activate this person'],
    { 201: json(kiosk.SessionAnswer) },
    { body: json(kiosk.SessionRequest) },
  ),
  row(
    'post',
    kioskPaths.activations,
    'kiosk_signature',
    ['التفعيل بأدلته المختومة', 'the activation, with its sealed evidence'],
    { 200: json(kiosk.ActivationAnswer) },
    { body: json(kiosk.ActivationRequest) },
  ),
  row(
    'post',
    kioskPaths.appointments,
    'kiosk_signature',
    ['موعد يُحجز أو يُغيّر عند المكتب', 'an appointment at the desk'],
    { 200: open() },
    { body: json(appointments.DeskAppointmentRequest) },
  ),
  row(
    'post',
    kioskPaths.appointmentsDay,
    'kiosk_signature',
    ['مواعيد اليوم', "the day's appointments"],
    { 200: json(appointments.DeskDayAnswer) },
    { body: json(appointments.DeskDayRequest) },
  ),
];
