// The authority's routes, with what nobody meant.
import { testRoutes } from './route-cases.ts';

testRoutes('authority');
