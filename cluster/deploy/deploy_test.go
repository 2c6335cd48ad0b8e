// Package deploy tests the manifests beside it: with the validation of an API server of
// Kubernetes, and their commands by running them here, with fewer calls. No cluster has
// seen them in these tests. It imports Kubernetes.
package deploy

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// manifest is what one file holds, by kind.
type manifest struct {
	jobs        map[string]*batchv1.Job
	deployments []*appsv1.Deployment
	sets        []*appsv1.StatefulSet
	claims      []string
	services    []*corev1.Service
}

func read(t *testing.T, name string) *manifest {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := &manifest{jobs: map[string]*batchv1.Job{}}
	for i, document := range bytes.Split(data, []byte("\n---\n")) {
		object, kind, err := codecs.UniversalDeserializer().Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%s, document %d: %v", name, i, err)
		}
		switch o := object.(type) {
		case *batchv1.Job:
			m.jobs[o.Name] = o
		case *appsv1.Deployment:
			m.deployments = append(m.deployments, o)
		case *appsv1.StatefulSet:
			m.sets = append(m.sets, o)
		case *corev1.PersistentVolumeClaim:
			m.claims = append(m.claims, o.Name)
		case *corev1.Service:
			m.services = append(m.services, o)
		default:
			t.Fatalf("%s, document %d: %v", name, i, kind)
		}
		if err := validate(document); err != nil {
			t.Errorf("%s, document %d: %v", name, i, err)
		}
	}
	return m
}

// checkClaims looks at what no object says alone: that the claims of its volumes are there.
func checkClaims(t *testing.T, name string, pod corev1.PodSpec, claims []string) {
	t.Helper()
	for _, v := range pod.Volumes {
		if v.PersistentVolumeClaim == nil || !slices.Contains(claims, v.PersistentVolumeClaim.ClaimName) {
			t.Errorf("%s: volume %s has no claim of %q", name, v.Name, claims)
		}
	}
}

func TestManifests(t *testing.T) {
	indexed, answer, queue := read(t, "indexed-job.yaml"), read(t, "answer.yaml"), read(t, "jetstream.yaml")
	job := indexed.jobs["campaign"].Spec
	checkClaims(t, "indexed job", job.Template.Spec, indexed.claims)
	checkClaims(t, "answer", answer.jobs["answer"].Spec.Template.Spec, indexed.claims)
	checkClaims(t, "coordinator", queue.jobs["campaign"].Spec.Template.Spec, queue.claims)
	if *job.CompletionMode != batchv1.IndexedCompletion || *job.Parallelism > *job.Completions {
		t.Errorf("%+v", job)
	}
	if args := job.Template.Spec.Containers[0].Args; args[len(args)-1] != fmt.Sprintf("auto/%d", *job.Completions) {
		t.Errorf("%d completions, and %q", *job.Completions, args)
	}
	for _, s := range queue.sets {
		if s.Spec.ServiceName != queue.services[0].Name ||
			queue.services[0].Spec.Selector["app"] != s.Spec.Template.Labels["app"] || queue.services[0].Spec.Ports[0].Port != s.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort {
			t.Errorf("the service %+v is not that of %+v", queue.services[0].Spec, s.Spec)
		}
	}
	if len(queue.deployments)+len(queue.sets)+len(queue.services) != 3 {
		t.Error("something is missing")
	}
}

// programs are invsim and nats, built.
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for from, what := range map[string][]string{"../..": {"invsim", "./cmd/invsim"}, "../nats": {"nats", "."}} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, what[0]), what[1])
		build.Dir = from
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

// said is the output of a command.
func said(t *testing.T, dir string, environment []string, words ...string) string {
	t.Helper()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environment...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v: %s%s", words, err, out, complaint.String())
	}
	return string(out)
}

// calls is how many are played here, of a billion.
const calls = "2000"

// here is a command of a container, with other names.
func here(pod corev1.PodSpec, other ...string) []string {
	c := pod.Containers[0]
	words := append(slices.Clone(c.Command), c.Args...)
	for i := range words {
		words[i] = strings.NewReplacer(append(other, "1000000000", calls)...).Replace(words[i])
	}
	return words
}

// TestCommands: the commands of all files, with fewer calls, come to the answer of one
// process.
func TestCommands(t *testing.T) {
	programs(t)
	want := said(t, "", nil, "invsim", "run", "--calls", calls)
	dir := t.TempDir()

	job := read(t, "indexed-job.yaml").jobs["campaign"].Spec
	for index := range int(*job.Completions) {
		said(t, dir, []string{fmt.Sprint("JOB_COMPLETION_INDEX=", index)}, here(job.Template.Spec, "/results", "indexed")...)
	}
	if got := said(t, dir, nil, here(read(t, "answer.yaml").jobs["answer"].Spec.Template.Spec, "/results", "indexed")...); got != want {
		t.Errorf("the indexed job says\n%s\nnot\n%s", got, want)
	}

	text, err := os.ReadFile("campaign.sbatch")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "campaign.sbatch")
	if err := os.WriteFile(script, bytes.ReplaceAll(text, []byte("1000000000"), []byte(calls)), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "srun"), []byte("#!/bin/sh\nexec \"$@\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	for index := range tasks(t, string(text)) {
		said(t, dir, []string{"PATH=" + dir + ":" + os.Getenv("PATH"), fmt.Sprint("SLURM_ARRAY_TASK_ID=", index), "SLURM_CPUS_PER_TASK=2"}, "bash", script)
	}
	merge := regexp.MustCompile(`--wrap '(.*)'`).FindStringSubmatch(string(text))
	if got := said(t, dir, nil, strings.Fields(merge[1])...); got != want {
		t.Errorf("the job array says\n%s\nnot\n%s", got, want)
	}

	queue := read(t, "jetstream.yaml")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{
		{"nats", "serve", "-listen", address, "-store", filepath.Join(dir, "store")}, // for the image of NATS
		here(queue.deployments[0].Spec.Template.Spec, "nats:4222", address),
	} {
		cmd := exec.Command(words[0], words[1:]...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Signal(os.Interrupt)
			late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
			_ = cmd.Wait()
			late.Stop()
		})
	}
	if got := said(t, dir, nil, here(queue.jobs["campaign"].Spec.Template.Spec, "nats:4222", address, "/results", "queue")...); got != want {
		t.Errorf("the queue says\n%s\nnot\n%s", got, want)
	}
}

// options are those of sbatch that the script has, with the form of their values.
var options = map[string]string{
	"job-name": `\w+`, "array": `0-\d+`, "cpus-per-task": `\d+`, "mem": `\d+G`, "time": `\d\d:\d\d:\d\d`, "requeue": "", "open-mode": "append|truncate", "output": `\S+`,
}

// tasks is how many tasks the array of a script has. No Slurm reads it here.
func tasks(t *testing.T, script string) int {
	t.Helper()
	last := 0
	for line := range strings.Lines(script) {
		option, ok := strings.CutPrefix(strings.TrimSpace(line), "#SBATCH --")
		if !ok {
			continue
		}
		name, value, _ := strings.Cut(option, "=")
		form, known := options[name]
		if !known || !regexp.MustCompile("^(?:"+form+")$").MatchString(value) {
			t.Errorf("--%s", option)
		}
		if name == "array" {
			last, _ = strconv.Atoi(strings.TrimPrefix(value, "0-"))
		}
	}
	if !strings.Contains(script, fmt.Sprintf("--shard auto/%d ", last+1)) {
		t.Errorf("the array has %d tasks", last+1)
	}
	return last + 1
}
