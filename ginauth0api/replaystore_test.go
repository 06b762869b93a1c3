package ginauth0api_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/gin-auth0/gin-auth0/ginauth0api"
)

func TestMemoryReplayStoreCapacityBelowOne(t *testing.T) {
	t.Parallel()
	for _, capacity := range []int{0, -1, math.MinInt} {
		store, err := ginauth0api.NewMemoryReplayStore(capacity)
		var problem *ginauth0api.ConfigError
		if store != nil || !errors.As(err, &problem) || problem.Field != "capacity" || problem.Problem != "must be at least 1" {
			t.Errorf("capacity %d: got %v and the error %v", capacity, store, err)
		}
	}
}

func TestMemoryReplayStore(t *testing.T) {
	t.Parallel()
	store, err := ginauth0api.NewMemoryReplayStore(2)
	if err != nil {
		t.Fatal(err)
	}
	for _, use := range []struct {
		key       string
		fresh, ok bool
	}{
		{"Yw3NKWbEM2aRPIQiFKu5lAOvqnDN1o_q", true, true},
		{"Yw3NKWbEM2aRPIQiFKu5lAOvqnDN1o_q", false, true},
		{"Yw3NKWbEM2aRxYu2_WYsoSufGYRmsowK", false, false}, // more than a quarter of the same proof key
		{"LShbUKEXCheaP-_-xJRT1-eZWFqc_sN5", true, true},
		{"another", false, false}, // full
		{"LShbUKEXCheaP-_-xJRT1-eZWFqc_sN5", false, true},
	} {
		fresh, err := store.Remember(context.Background(), use.key, time.Minute)
		if fresh != use.fresh || (err == nil) != use.ok {
			t.Errorf("key %s: got %v and the error %v", use.key, fresh, err)
		}
	}
}
