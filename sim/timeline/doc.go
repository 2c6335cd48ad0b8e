// Package timeline tells one call: as lines, as JSON, and as a sequence diagram in SVG
// and Mermaid. A line that is about many calls belongs in sim/report. It imports
// sim/event and what an event is made of, internal/output and internal/svg.
package timeline
