// The routes of services and pages, with what nobody meant.
import { testRoutes } from './route-cases.ts';

testRoutes('services');
