"""The charts of a results folder."""

import xml.etree.ElementTree as ElementTree

import pytest

from hydranet_bench.charts import CHARTS, draw_charts

FIGURES = {
    "shared_against_separate": """
        image_size,batch_size,num_heads,shared_ms,separate_ms,measured,times_faster,bound
        160,1,1,7,7,True,1,1
        160,1,3,7,21,True,3,3
        160,1,48,8,336,False,42,47.9
        224,1,1,11,11,True,1,1""",
    "heads_memory": """
        kind,num_heads,num_parameters,model_keras_mb,rss_growth_mb
        shared,1,2270794,9.3,390
        shared,1000,15067984,66.7,600
        separate,1,2270794,9.3,390
        separate,3,6812382,27.9,570""",
    "main_job": """
        job,seconds,cats_dogs_accuracy,dog_breeds_accuracy
        usual Keras recipe,570,0.974,0.8062
        hydranet,50.4,0.973,0.8388""",
    "others_prediction": """
        system,image_size,images_per_second
        three Keras models,160,50
        hydranet on TensorFlow,160,150""",
    "stored_features": """
        case,num_pictures,median_s,min_s,max_s
        features stored,8283,6.7,6.1,7
        features computed,8283,44.1,40,46""",
    "scikit_learn": """
        task,case,num_examples,num_classes,seconds,accuracy
        cats_dogs,hydranet,2000,2,1.2,0.973
        cats_dogs,scikit-learn,2000,2,9,0.97""",
    "fine_tuning": """
        unfreeze,activations,share_of_multiply_adds,images_per_second
        1 block,stored,0.14,794
        1 block,computed,0.14,163
        all,computed,1,55""",
    "few_pictures": """
        set,pictures_per_class,case,accuracy
        signs,1,hydranet,0.5
        signs,1,nearest prototype,0.4
        trash,1,hydranet,0.6
        trash,1,nearest prototype,0.5""",
    "engines": """
        image_size,batch_size,engine,precision,images_per_second
        96,8,tensorflow,float32,987
        224,32,tensorflow,float32,100
        224,32,openvino,bfloat16,377""",
    "files_to_predictions": """
        image_size,num_heads,engine,precision,case,images_per_second
        224,48,keras,float32,predict,75
        224,48,pillow,-,decode,760
        224,48,litert,int8,predict,209
        224,48,litert,int8,bare engine,333""",
    "start_up": """
        engine,median_s
        tensorflow,5.9
        litert,0.5""",
    "server": """
        image_size,num_clients,engine_images_per_second,server_images_per_second
        224,64,175.2,151.5""",
    "streaming": """
        cameras,steps,heads,case,median_ms
        8,16,48,step,61.4
        8,16,48,whole window,553.3""",
    "input": """
        case,threads,megapixels,images_per_second
        hydranet,1,0.04,3000
        "TensorFlow, defaults",1,0.04,2500
        hydranet,2,0.04,6000
        hydranet,1,12,30
        "TensorFlow, defaults",1,12,10""",
    "growth": """
        what,count,operation,seconds,peak_rss_mib,grown_mib,disk_mib
        tasks,1,predict,0.002,500,0,
        tasks,1,save,0.02,500,1,0.5
        tasks,100,predict,0.002,500,0,
        tasks,100,save,2,500,10,50
        classes,2,train,0.5,500,0,
        classes,20,train,1,500,0,""",
    "distribution": """
        device,replicas,workers,what,images_per_second
        cpu,1,1,joint fine-tuning,60
        cpu,2,1,joint fine-tuning,50
        cpu,2,2,joint fine-tuning,45
        cpu,1,1,feature extraction,170
        cpu,2,1,feature extraction,160
        cpu,2,2,feature extraction,150""",
}


@pytest.fixture
def results(tmp_path):
    for name, text in FIGURES.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(line.strip() for line in text.strip().splitlines()))
    return tmp_path


def words(path):
    return " ".join(text.strip() for text in ElementTree.parse(path).getroot().itertext() if text.strip())


def test_every_chart_is_drawn_from_its_rows(results):
    drawn, missing = draw_charts(results, results / "charts")
    assert missing == []
    assert [path.stem for path in drawn] == list(CHARTS)
    assert "42× faster" in words(results / "charts" / "heads_time.svg")
    assert "50 s: 97.3 · 83.9 %" in words(results / "charts" / "main_job.svg")
    assert "save: 1.00" in words(results / "charts" / "growth.svg")
    assert "openvino bfloat16" in words(results / "charts" / "engines.svg")
    assert "553 ms" in words(results / "charts" / "streaming.svg")
    assert "55.0 %" in words(results / "charts" / "few_pictures.svg")
    assert "987" not in words(results / "charts" / "engines.svg").split(), "smaller pictures are left out"


def test_the_same_rows_give_the_same_file(results):
    first, again = (draw_charts(results, results / name)[0] for name in ("first", "again"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_what_was_not_measured_is_named_and_the_rest_drawn(results):
    (results / "server.csv").unlink()
    drawn, missing = draw_charts(results, results / "charts")
    assert missing == ["server.csv"]
    assert len(drawn) == len(CHARTS) - 1


def test_every_chart_has_figures_here():
    assert {source for source, _ in CHARTS.values()} == set(FIGURES)
