// What the API server of Kubernetes says to a manifest: its own decoder, defaults and
// validation, without a server.

package deploy

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/service"
)

var codecs = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)

// validate is the error with which a server would refuse to create an object.
func validate(document []byte) error {
	o, _, err := codecs.UniversalDecoder().Decode(document, nil, nil)
	if err != nil {
		return err
	}
	object, err := meta.Accessor(o)
	if err != nil {
		return err
	}
	rest.FillObjectMetaSystemFields(object)
	return rest.BeforeCreate(strategyOf(o), request.WithNamespace(request.NewContext(), "default"), o)
}

// strategyOf is how a server creates an object.
func strategyOf(o runtime.Object) rest.RESTCreateStrategy {
	switch o := o.(type) {
	case *batch.Job:
		return job.Strategy
	case *apps.Deployment:
		return deployment.Strategy
	case *apps.StatefulSet:
		return statefulset.Strategy
	case *core.PersistentVolumeClaim:
		return persistentvolumeclaim.Strategy
	case *core.Service:
		o.Spec.ClusterIPs = []string{o.Spec.ClusterIP} // which the server allocates before
		return service.Strategy
	}
	return nil
}

// TestValidatorBites: what a server refuses is refused here.
func TestValidatorBites(t *testing.T) {
	for name, text := range map[string]string{
		"no image":      "{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a}]}}}}",
		"restarts":      "{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {restartPolicy: Always, containers: [{name: a, image: a}]}}}}",
		"no volume":     "{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]}}}}",
		"selector":      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: b}}, spec: {containers: [{name: a, image: a}]}}}}",
		"unknown field": "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: 1}}",
		"no ports":      "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: 10.0.0.1}}",
		"no size":       "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {accessModes: [ReadWriteOnce]}}",
	} {
		if err := validate([]byte("---\n" + text)); err == nil || !strings.Contains(err.Error(), "spec.") && !strings.Contains(err.Error(), "unknown field") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
