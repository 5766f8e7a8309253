// Appointments: what a person, a desk and the authority say about them. Nobody's number is in an answer, an id or an address.
import * as z from 'zod';
import { CentreType } from './kiosk.ts';
import { CalendarDate } from './registry.ts';
import { base64Url, EpochSecondsValue, Name, UnifiedNumberText } from './wire.ts';

export const appointmentPaths = {
  /** POST: the person, or a guardian who holds the minor's document. */
  book: '/v1/appointments',
  move: '/v1/appointments/move',
  cancel: '/v1/appointments/cancel',
  show: '/v1/appointments/show',
  /** GET with `?date=YYYY-MM-DD`: public, without a word about a person. */
  slots: '/v1/centres/:id/slots',
  /** GET: every open centre with its week, public: `CentresAnswer`. */
  centres: '/v1/centres',
} as const;

/** How long before and after its start an appointment counts. */
export const appointmentWindow = { beforeSeconds: 1800, afterSeconds: 3600 } as const;

const CentreId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** By what a person without an account is known: three things that stand on the document. */
export const DocumentHolder = z.object({
  number: UnifiedNumberText,
  birthDate: CalendarDate,
  documentSerial: z.string().regex(/^[A-Z0-9]{6,12}$/),
});
export type DocumentHolder = z.infer<typeof DocumentHolder>;

/** Also to move. */
export const BookRequest = z.object({ ...DocumentHolder.shape, centreId: CentreId, startsAt: EpochSecondsValue });

export const AppointmentState = z.enum(['booked', 'kept', 'cancelled', 'no_show']);
export type AppointmentState = z.infer<typeof AppointmentState>;

export const Appointment = z.object({
  id: z.string().max(64),
  centreId: CentreId,
  startsAt: EpochSecondsValue,
  state: AppointmentState,
  /** When a kiosk of that centre first saw the person within the window, or the desk said that they came. */
  arrivedAt: EpochSecondsValue.optional(),
});
export type Appointment = z.infer<typeof Appointment>;

/** `arrive`: the person stands at the desk, within the window of an appointment at this kiosk's own centre. */
export const DeskAct = z.enum(['book', 'move', 'cancel', 'show', 'arrive']);
export type DeskAct = z.infer<typeof DeskAct>;

/** At the desk, for whoever stands there. `startsAt` where the act needs one; `centreId` for another centre than this kiosk's. */
export const DeskAppointmentRequest = z.object({
  operatorToken: base64Url(32, 32),
  number: UnifiedNumberText,
  act: DeskAct,
  centreId: CentreId.optional(),
  startsAt: EpochSecondsValue.optional(),
});

/** This kiosk's own centre on a civil day: ids, times and what became of them, nobody's name. */
export const DeskDayRequest = z.object({ operatorToken: base64Url(32, 32), date: CalendarDate });
export const DeskDayAnswer = z.object({ appointments: z.array(Appointment).max(5000) });
export type DeskDayAnswer = z.infer<typeof DeskDayAnswer>;

/** By the authority: any centre. */
export const AdminAppointmentRequest = z.object({
  number: UnifiedNumberText,
  act: z.enum(['book', 'move', 'cancel', 'show']),
  centreId: CentreId.optional(),
  startsAt: EpochSecondsValue.optional(),
});

const minuteOfDay = z.int().min(0).max(1440);

/** A centre's week, whole: what it does not name is closed. */
export const CentreHours = z.object({
  hours: z
    .array(
      z
        .object({
          /** 0 Sunday to 6 Saturday. */
          weekday: z.int().min(0).max(6),
          /** Minutes since midnight in the registry's country. */
          opensAt: minuteOfDay,
          closesAt: minuteOfDay,
          slotMinutes: z.int().min(5).max(240),
          /** People in one slot. */
          seats: z.int().min(1).max(500),
        })
        .refine(({ opensAt, closesAt, slotMinutes }) => opensAt + slotMinutes <= closesAt, 'no slot fits'),
    )
    .max(28),
  /** Days off. */
  closed: z.array(CalendarDate).max(366).default([]),
});
export type CentreHours = z.infer<typeof CentreHours>;

export const SlotsAnswer = z.object({
  slots: z.array(z.object({ startsAt: EpochSecondsValue, free: z.int().min(0) })).max(300),
});
export type SlotsAnswer = z.infer<typeof SlotsAnswer>;

export const CentresAnswer = z.object({
  centres: z
    .array(
      z.object({
        id: CentreId,
        name: Name,
        type: CentreType,
        hours: CentreHours.shape.hours,
        closed: CentreHours.shape.closed,
      }),
    )
    .max(1000),
});
export type CentresAnswer = z.infer<typeof CentresAnswer>;
