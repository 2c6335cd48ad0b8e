// Package campaign plays runs, swarms and schedules in units, keeps the result of each unit
// in a file, and adds up what many processes have kept, each unit once. The sum does not
// depend on who played what, how often, or in which order. It imports conformance/invd,
// conformance/kit, sim and the packages below it.
package campaign
